// A knob is one piece of host state that a policy can lease. Each is a const struct of data and a pure plan
// function: (domain, policy, facts) -> claims. Writing, restoring, drift, help and JSON come from the
// registry.
#pragma once

#include "model/domain.hpp"
#include "model/host_facts.hpp"
#include "model/placement.hpp"
#include "model/plan.hpp"
#include "model/policy.hpp"
#include "model/running_facts.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

struct PlanInput {
    const Domain& domain;
    const Policy& policy;
    const HostFacts& facts;
    std::span<const Lease> others;                   // leases of other domains
    const std::map<PoolId, std::uint64_t>& promised; // pages that the others will still map
    // what the domain holds already, where its policy is applied anew
    const Lease* own = nullptr;
    // where the policy places the domain; its pins are those of the place then
    const Placement* placement = nullptr;
    // what several knobs and checks ask for, once the first has: with hundreds of leases it takes long
    mutable std::optional<std::string> partition_obstacle = std::nullopt;
    mutable std::optional<CpuSet> taken_by_others = std::nullopt;
};

/// What one domain wants; each knob adds its part.
struct KnobPlan {
    std::vector<Claim> claims;
    std::vector<Promise> promises;
    std::vector<PoolPlan> pools;
    Diagnostics notes;
};

enum class Agreement {
    full,      // every claim gets what it asked for
    outranked, // some claim gives way by the knob's own rule
    conflict   // claims that must agree do not: the oldest stays
};

struct Combined {
    std::string value;
    Agreement agreement = Agreement::full;
};

/// The wanted value of one target: a pure function of its baseline and the claims' values, oldest lease
/// first, never empty.
using CombineFunction = Combined (*)(std::string_view baseline, std::span<const std::string> claims);

/// How the claims of several VMs become one value, and the same in words: "the shortest".
struct Combine {
    CombineFunction function;
    std::string_view words;
};

/// What kind of host state a knob is, and so how it is read and written: engine/forms.
enum class KnobForm {
    value,     // a file that reads as what was written to it
    frequency, // a file that reads as what was written to it, or less, in kHz
    // a file with a hexadecimal mask of CPUs; its value here is a CPU list, as for all that follow
    cpu_mask,
    cpu_partition,      // CPUs of a cgroup, exclusive ones, and the partition that these make
    unit_cpus,          // the CPUs of a top-level cgroup, AllowedCPUs of its systemd unit
    interrupt,          // the CPUs of an interrupt
    interrupt_balancer, // the CPUs that irqbalance leaves alone
    kernel_thread,      // the CPUs of a kernel thread
    thread_scheduling,  // policy and priority of one of QEMU's threads
    disk_scheduler,     // a block device's I/O scheduler, which is busy at times
    command,            // a program of the admin's: run, and undone
    scope_limits,       // CPUs and memory nodes of the scope that QEMU will run in, as systemd's settings
    sleep_inhibitor     // whether the host may go to sleep
};

/// What it means that a write was taken otherwise than asked, or not at all.
enum class Exactness {
    exact,         // a failure of the claim
    nearby,        // the kernel's own rounding stands
    where_possible // this target is passed over, and counted
};

/// A file that the kernel may change by itself when a target of a knob is written.
struct Neighbour {
    std::string_view knob; // the knob that the file belongs to; "sysfs" where it belongs to none
    std::string path;      // may contain one '*', which stands for any name
};

struct Knob {
    std::string_view key;          // policy key, and the file's name with '_' for '.'
    std::span<const KeySpec> keys; // every policy key it reads; its own first
    Phase phase;                   // when it is written
    KnobForm form;
    Combine combine;
    std::span<const std::string_view> paths; // globs over the files that belong to it
    std::string_view source;                 // kernel document and version the meaning was taken from
    void (*plan)(const PlanInput& input, KnobPlan& plan);
    // where it is one file: what that says on a machine as it was booted. The tests' host has it.
    std::string_view baseline_text = {};
    Exactness exactness = Exactness::exact;
    // where the targets differ in how claims combine
    CombineFunction (*combine_for)(std::string_view target) = nullptr;
    // its value is the CPUs that are left to the host, as a list: never without one that is online
    bool leaves_cpus = false;
    /// The files or threads that an open claim means, now that QEMU runs; none where there is no such thing.
    std::vector<Claim> (*resolve)(const Claim& open, const RunningFacts& running) = nullptr;
    /// What a value found goes back as, where a file shows the last command and that is not to be given
    /// again.
    std::string_view (*state_of)(std::string_view found) = nullptr;
    /// Whether a value found is the one that was wanted.
    bool (*same)(std::string_view found, std::string_view wanted) = same_value;
    /// Whether a value found may have become of one that was written, where others than its writers have a
    /// say.
    bool (*may_become)(std::string_view wrote, std::string_view found) = nullptr;
    /// Whether a value that others have chosen is within what all claims ask for, whatever the baseline was.
    /// Where this is set, they may choose as they like while they keep to it, and when they do not, the
    /// wanted value is written again.
    bool (*serves)(std::string_view found, std::string_view asked) = nullptr;

    /// What a write to the target may change beside it. These files are saved before the target is first
    /// written, stay on record as long as the target does, and go back to what they were after the target
    /// has.
    std::vector<Neighbour> (*neighbours)(const KnobRecord& record) = nullptr;

    /// Whether a value found is one that hostlease knows of.
    [[nodiscard]] bool knows(const KnobRecord& record, std::string_view found) const {
        return record.knows(found) || (may_become != nullptr && may_become(record.wrote, found));
    }

    /// How claims on this target combine.
    [[nodiscard]] CombineFunction rule(std::string_view target) const {
        return combine_for == nullptr ? combine.function : combine_for(target);
    }
};

/// Every knob of this version, in the order of lib/knobs/meson.build, which is the order they are written in.
std::span<const Knob* const> all_knobs();

/// The knob with this key, or nullptr.
const Knob* find_knob(std::string_view key);

/// The whole policy language: the keys of all knobs.
std::span<const KeySpec> policy_keys();

/// Whether a path fits a glob: '*' stands for anything within one name, "**" for any number of names.
bool matches_path(std::string_view glob, std::string_view path);

/// The knob that owns a file under /sys or /proc/sys, or nullptr; [[sysfs]] may not name such a file.
const Knob* owner_of(std::string_view path);

} // namespace hostlease
