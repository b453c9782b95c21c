// The start of a story, that is VMs and their policies, and the events that may happen to them.
#pragma once

#include "support/world.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace hostlease::test {

/// How the claims of several VMs become one value, with policy.md's terms.
enum class Rule { oldest, word_wins, rank, least, cpus_left };

/// A policy key and the files that it writes.
struct ModelKnob {
    std::string table;
    std::string key;
    std::vector<std::string> in_policy;
    std::vector<std::string> in_kernel;
    std::vector<std::string> by_admin;
    std::string path; // '#' stands for the number of a CPU; for units, the file of each
    Rule rule = Rule::oldest;
};

const std::vector<ModelKnob>& model_knobs();

/// The units that are kept off CPUs.
inline constexpr const char* model_units[] = {"init.scope", "system.slice", "user.slice"};

/// For each knob: 0 omits it, otherwise the number of its value.
using PolicyChoice = std::vector<unsigned>;

struct VmChoice {
    unsigned pages = 16;
    unsigned node = 0;
    unsigned first_cpu = 0; // CPU of its first vCPU; the second one has the next CPU
    PolicyChoice policy;
    PolicyChoice edited;
};

FakeVm vm_of(const VmChoice& choice, unsigned number);
std::string policy_text(const PolicyChoice& choice, const std::string& name);

enum class Happening {
    start,
    stop,
    stop_slowly,    // QEMU's pages become free while the release waits, and another VM stops meanwhile
    started_missed, // the VM starts, but its call `started` is missed
    clock_steps,    // a step of the wall clock
    start_fails,    // in libvirt, after prepare, start or started
    qemu_crashes,   // and libvirt has not noticed yet
    daemon_restarts,
    reconcile,
    edit_and_apply,
    admin_writes,
    admin_adds_pages,
    cpu_goes,
    cpu_comes,
    hook_dies, // at some access, together with the daemon
    migrate_in,
    restore,
    reboot
};

/// An event; one that does not apply now is skipped, so that any part of a story is a valid story.
struct Event {
    Happening what = Happening::start;
    unsigned vm = 0;
    unsigned value = 0;
    unsigned at = 0;
};

std::ostream& operator<<(std::ostream& out, const Event& event);
std::ostream& operator<<(std::ostream& out, const VmChoice& choice);

} // namespace hostlease::test
