// What a case begins with: VMs and their policies; and what may happen to them.
#pragma once

#include "support/world.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace hostlease::test {

/// How the claims of several VMs become one value, in the words of policy.md.
enum class Rule { oldest, word_wins, rank, least, cpus_left };

/// A key of a policy, and what it writes.
struct ModelKnob {
    std::string table;
    std::string key;
    std::vector<std::string> in_policy;
    std::vector<std::string> in_kernel;
    std::vector<std::string> by_admin;
    std::string path; // with a '#' for the number of a CPU; of units the file of each
    Rule rule = Rule::oldest;
};

const std::vector<ModelKnob>& model_knobs();

/// The units that are kept off CPUs.
inline constexpr const char* model_units[] = {"init.scope", "system.slice", "user.slice"};

/// For each knob: 0 leaves it out, else one of its values.
using PolicyChoice = std::vector<unsigned>;

struct VmChoice {
    unsigned pages = 16;
    unsigned node = 0;
    unsigned first_cpu = 0; // its two vCPUs have this one and the next
    PolicyChoice policy;
    PolicyChoice edited;
};

FakeVm vm_of(const VmChoice& choice, unsigned number);
std::string policy_text(const PolicyChoice& choice, const std::string& name);

enum class Happening {
    start,
    stop,
    stop_slowly,    // its pages come back while its release waits, and meanwhile another VM stops
    started_missed, // the VM starts, and its call `started` does not come through
    clock_steps,    // the wall clock's
    start_fails,    // in libvirt, after the prepare, the start or the started
    qemu_crashes,   // and libvirt does not see it yet
    daemon_restarts,
    reconcile,
    edit_and_apply,
    admin_writes,
    admin_adds_pages,
    cpu_goes,
    cpu_comes,
    hook_dies, // at some access, and the daemon with it
    migrate_in,
    restore,
    reboot
};

/// One thing that happens; what does not apply now is passed over, so that any part of a story is a story.
struct Event {
    Happening what = Happening::start;
    unsigned vm = 0;
    unsigned value = 0;
    unsigned at = 0;
};

std::ostream& operator<<(std::ostream& out, const Event& event);
std::ostream& operator<<(std::ostream& out, const VmChoice& choice);

} // namespace hostlease::test
