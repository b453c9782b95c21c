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
    const std::map<PoolId, std::uint64_t>& promised; // pages that the other leases will still map
    // the lease that the domain already holds, when its policy is applied anew
    const Lease* own = nullptr;
    // the place that the policy chose; the domain's pins are then those of the place
    const Placement* placement = nullptr;
    // what several knobs and checks ask for, once the first has: with hundreds of leases it takes long
    mutable std::optional<std::string> partition_obstacle = std::nullopt;
    mutable std::optional<CpuSet> taken_by_others = std::nullopt;
};

/// The claims and notes of one domain; each knob adds its part.
struct KnobPlan {
    std::vector<Claim> claims;
    std::vector<Promise> promises;
    std::vector<PoolPlan> pools;
    Diagnostics notes;
};

enum class Agreement {
    full,      // every claim gets what it asked for
    outranked, // some claim gives way by the knob's own rule
    conflict   // claims that must agree differ: the oldest wins
};

struct Combined {
    std::string value;
    Agreement agreement = Agreement::full;
};

/// The wanted value of one target: a pure function of its baseline and the claims' values, oldest lease
/// first, never empty.
using CombineFunction = Combined (*)(std::string_view baseline, std::span<const std::string> claims);

/// How the claims of several VMs become one value, and a description of it: "the shortest".
struct Combine {
    CombineFunction function;
    std::string_view words;
};

/// The kind of host state, which decides how it is read and written: engine/forms.
enum class KnobForm {
    value,     // a file that reads as it was written
    frequency, // a file in kHz that reads as it was written, or lower
    // a file with a hexadecimal mask of CPUs; its value here is a CPU list, as in all forms below
    cpu_mask,
    cpu_partition,      // exclusive CPUs of a cgroup, and the partition that they form
    unit_cpus,          // the CPUs of a top-level cgroup: AllowedCPUs of its systemd unit
    interrupt,          // the CPUs of an interrupt
    interrupt_balancer, // the CPUs that irqbalance leaves alone
    kernel_thread,      // the CPUs of a kernel thread
    thread_scheduling,  // policy and priority of one of QEMU's threads
    disk_scheduler,     // a block device's I/O scheduler, which may be busy when written
    command,            // a program of the administrator, which is run and later undone
    scope_limits,       // systemd's settings for the CPUs and memory nodes of the scope that QEMU will run in
    sleep_inhibitor     // whether the host may suspend
};

/// How to treat a write that the host rejects, or accepts with another value.
enum class Exactness {
    exact,         // the claim fails
    rounded,       // a number within a tenth of the written one is accepted
    nearby,        // any number that the kernel makes of it is accepted
    where_possible // this target is skipped and counted
};

/// A file that the kernel may change by itself when a target of a knob is written.
struct Neighbour {
    std::string_view knob; // the knob that the file belongs to, or "sysfs" if there is none
    std::string path;      // may contain one '*', which stands for any name
};

struct Knob {
    std::string_view key;          // policy key; with '_' for '.' it is the file's name
    std::span<const KeySpec> keys; // every policy key that the knob reads, its own first
    Phase phase;                   // when the knob is written
    KnobForm form;
    Combine combine;
    std::span<const std::string_view> paths; // globs over the files that belong to the knob
    std::string_view source;                 // kernel document and version that the meaning was taken from
    void (*plan)(const PlanInput& input, KnobPlan& plan);
    // for a knob of one file: the file's content on a freshly booted machine. The tests' host has it.
    std::string_view baseline_text = {};
    Exactness exactness = Exactness::exact;
    // set if claims on different targets combine differently
    CombineFunction (*combine_for)(std::string_view target) = nullptr;
    // the value is the list of CPUs left to the host, which must always contain an online CPU
    bool leaves_cpus = false;
    /// The files or threads that an open claim stands for, once QEMU runs; empty if there are none.
    std::vector<Claim> (*resolve)(const Claim& open, const RunningFacts& running) = nullptr;
    /// The value to restore for a found one, if the file shows the last command and that command must not be
    /// repeated.
    std::string_view (*state_of)(std::string_view found) = nullptr;
    /// Whether the found value is the wanted one.
    bool (*same)(std::string_view found, std::string_view wanted) = same_value;
    /// Whether the found value may result from a written one, if other parties also influence
    /// it.
    bool (*may_become)(std::string_view wrote, std::string_view found) = nullptr;
    /// Whether a value that others chose satisfies all claims, whatever the baseline was. If this function is
    /// set, others may choose any value that does; when their value does not, the wanted value is written
    /// again.
    bool (*serves)(std::string_view found, std::string_view asked) = nullptr;

    /// Other files that a write to the target may change. They are saved before the first write to
    /// the target and stay on record as long as the target does. They are restored after the
    /// target.
    std::vector<Neighbour> (*neighbours)(const KnobRecord& record) = nullptr;

    /// Whether the found value is one that hostlease knows.
    [[nodiscard]] bool knows(const KnobRecord& record, std::string_view found) const {
        // a limit that something else lowers rises again, up to the value that was asked for
        return record.knows(found) ||
               (may_become != nullptr &&
                (may_become(record.wrote, found) ||
                 (exactness == Exactness::nearby && record.refused && may_become(*record.refused, found))));
    }

    /// How claims on this target combine.
    [[nodiscard]] CombineFunction rule(std::string_view target) const {
        return combine_for == nullptr ? combine.function : combine_for(target);
    }
};

/// All knobs of this version, in the order of lib/knobs/meson.build, which is the order of writing.
std::span<const Knob* const> all_knobs();

/// The knob with this key, or nullptr.
const Knob* find_knob(std::string_view key);

/// The whole policy language: the keys of all knobs.
std::span<const KeySpec> policy_keys();

/// Whether a path matches a glob: '*' stands for anything within one name, "**" for any number of names.
bool matches_path(std::string_view glob, std::string_view path);

/// The knob that owns a file under /sys or /proc/sys, or nullptr; [[sysfs]] may not name an owned file.
const Knob* owner_of(std::string_view path);

} // namespace hostlease
