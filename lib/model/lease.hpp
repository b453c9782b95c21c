// What a VM holds of the host, and what the host was before anybody held it.
#pragma once

#include "core/cpu_set.hpp"
#include "core/diagnostic.hpp"
#include "core/kernel_text.hpp"
#include "model/host_facts.hpp"
#include "model/policy.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace hostlease {

/// When a claim counts, besides its phase. CPUs are isolated by partitions where the kernel can make them,
/// which shows only once QEMU runs; until then, and where it cannot, by what the other claims do.
enum class Condition {
    always,
    unless_partitioned, // slices: until the partitions took
    partition,          // the partitions themselves: until they have failed
    fallback            // what partitions would have done by themselves: once they have failed
};

std::string_view to_text(Condition condition);
std::optional<Condition> parse_condition(std::string_view text);

/// One target of a knob by its name ("policy4", "node0/hugepages-2048kB"), and its file.
struct FileTarget {
    std::string name;
    std::string path;
    bool operator==(const FileTarget&) const = default;
};

/// Each target that the knob's form finds, now and later; a glob over their files.
struct EveryTarget {
    std::string paths;
    bool operator==(const EveryTarget&) const = default;
};

/// What shows only once QEMU runs, such as a thread's cgroup: the knob's resolve() then makes claims on files
/// of it. A glob over the files that it may be.
struct AwaitsQemu {
    std::string name;
    std::string paths;
    bool operator==(const AwaitsQemu&) const = default;
};

/// What the plans of other VMs are held to while the lease holds.
enum class LimitKind {
    pinned,             // CPUs of the vCPUs
    helpers,            // CPUs of QEMU's other threads
    isolated,           // CPUs that are the VM's alone
    housekeeping_cores, // how many the host keeps
    host_free_min,      // bytes that each node keeps for the host
    idle,               // CPUs that nothing may run on: siblings of those chosen for vCPUs
    nodes               // NUMA nodes chosen for the VM
};

std::string_view to_text(LimitKind kind);
std::optional<LimitKind> parse_limit(std::string_view text);

/// Is never written.
struct Limit {
    LimitKind kind = LimitKind::pinned;
    bool operator==(const Limit&) const = default;
};

using ClaimTarget = std::variant<FileTarget, EveryTarget, AwaitsQemu, Limit>;

/// The name that stands for every target of a knob.
inline constexpr std::string_view every_target = "*";

/// The knob whose claims add pages to a pool of huge pages: their target is the pool's name.
inline constexpr const char* pool_knob = "hugepages.reserve";

/// A lease's wish for one knob. `value` is in the knob's own words; for a pool it is the number of pages the
/// lease adds.
struct Claim {
    std::string knob;
    ClaimTarget target;
    std::string value;
    Enforce enforce = Enforce::best_effort;
    Phase phase = Phase::start;
    SourcePosition position; // the policy line that asks for it
    std::string why;
    Condition condition = Condition::always;
    // microseconds since boot when it was made, where that was after the lease; 0: with the lease
    std::int64_t order = 0;
    bool operator==(const Claim&) const = default;

    [[nodiscard]] bool is_for_every_target() const { return std::holds_alternative<EveryTarget>(target); }
    [[nodiscard]] bool is_open() const { return std::holds_alternative<AwaitsQemu>(target); }
    [[nodiscard]] bool is_limit() const { return std::holds_alternative<Limit>(target); }
    /// The target's name; every_target for all of them.
    [[nodiscard]] std::string name() const;
    /// The target's file, or the glob over those that are meant; "" of a limit.
    [[nodiscard]] std::string path() const;
    /// The pool that it adds pages to; nullopt where it is about anything else.
    [[nodiscard]] std::optional<PoolId> pool() const;
    /// The pages that it adds to its pool.
    [[nodiscard]] std::uint64_t pages() const;
};

/// Huge pages that QEMU will map from a pool: nobody else may count on them while it has not.
struct Promise {
    PoolId pool;
    std::uint64_t pages = 0;
    bool operator==(const Promise&) const = default;
};

/// Identity of a process that survives reuse of its number. Source: proc(5), stat field 22, in clock ticks
/// since boot.
struct ProcessId {
    std::int64_t pid = 0;         // 0: unknown
    std::uint64_t start_time = 0; // 0: only the number was seen
    bool operator==(const ProcessId&) const = default;
};

enum class LeaseState {
    preparing, // written down, pages not all there yet
    prepared,  // pages there, QEMU not started
    starting,  // the rest of the plan applied, QEMU not seen yet
    running,   // QEMU seen
    ending,    // QEMU gone, release to come
    releasing  // its claims count no more; the host may not be back yet
};

std::string_view to_text(LeaseState state);
std::optional<LeaseState> lease_state(std::string_view text);

/// How the CPUs of a lease came to be isolated, where it asked for partitions.
enum class Isolation {
    undecided,   // QEMU does not run yet
    partitioned, // by the partitions
    fallen_back, // by the other claims: the partitions could not be made
    retrying     // by the other claims, while the partitions are tried once more
};

std::string_view to_text(Isolation isolation);
std::optional<Isolation> parse_isolation(std::string_view text);

/// How long one call of libvirt's took, as far as it had come when this was noted.
struct Timing {
    std::string operation;              // "prepare"
    std::chrono::microseconds began{};  // since boot
    std::chrono::microseconds total{};  // of which, the rest being reading and planning:
    std::chrono::microseconds lock{};   // waiting for other calls
    std::chrono::microseconds pages{};  // growing huge page pools
    std::chrono::microseconds writes{}; // bringing all other knobs to their wanted values
    bool operator==(const Timing&) const = default;
};

/// A timing that was noted after the last write of its lease.
struct LateTiming {
    std::string uuid;
    Timing timing;
    bool operator==(const LateTiming&) const = default;
};

/// Why a lease has no partitions although it asks for them.
struct Fallback {
    std::string why;         // "" when not known
    std::string gave_way_to; // the uuid of the VM that needs the CPUs, "" if there is none
    bool operator==(const Fallback&) const = default;
};

struct Lease {
    std::string uuid;
    std::string domain;
    std::string policy;
    std::string policy_file;
    LeaseState state = LeaseState::preparing;
    Isolation isolation = Isolation::undecided;
    Fallback fallback;
    std::int64_t since = 0; // seconds since 1970
    // microseconds since boot at prepare; older leases come first when claims combine
    std::int64_t order = 0;
    ProcessId daemon; // libvirt's daemon that called prepare, or whoever did
    ProcessId qemu;
    std::vector<Claim> claims;
    std::vector<Promise> promises;
    std::vector<Timing> timings; // one an operation, in the order they came first
    bool operator==(const Lease&) const = default;

    /// Keeps the later call of an operation, and of one call the longer time. False when this is no news.
    bool note(const Timing& timing);
    /// Of an operation, nullptr when none was noted.
    [[nodiscard]] const Timing* timing(std::string_view operation) const;

    /// Its claim that is this limit; nullptr where it has none.
    [[nodiscard]] const Claim* limit(LimitKind kind) const;
    /// The CPUs of that limit.
    [[nodiscard]] CpuSet limit_cpus(LimitKind kind) const;

    /// Whether the lease has come as far as this claim of its.
    [[nodiscard]] bool holds(const Claim& claim) const;
    /// Whether QEMU may still map pages that were promised to it.
    [[nodiscard]] bool has_open_promises() const { return state < LeaseState::ending; }
};

/// A knob's key and one of its targets.
using TargetName = std::pair<std::string, std::string>;

/// The ledger's account of one knob target. While `intended` is set, a write of it may or may not have
/// happened.
struct KnobRecord {
    std::string knob;
    std::string target;
    std::string path;
    std::string baseline;                // before the first claim
    std::string wrote;                   // what it read after our last settled write
    std::optional<std::string> intended; // about to be written
    std::optional<std::string>
        // what this target did not take, where a knob may be refused, or shows in other words; not tried
        // again
        refused;
    // targets whose writes may change this one: it is kept as long as one of them is
    std::vector<TargetName> beside;

    /// Whether a value found is one that hostlease knows of: the baseline, its own, or left by a write that
    /// was cut off.
    [[nodiscard]] bool knows(std::string_view current) const;
    bool operator==(const KnobRecord&) const = default;
};

/// The ledger's account of a pool of huge pages. Numbers are persistent pages, which a write to nr_hugepages
/// sets. While `intended` is set, a write of it may or may not have happened.
struct PoolRecord {
    PoolId id;
    std::string path;           // of its nr_hugepages
    std::uint64_t baseline = 0; // before the first claim, and what others have added or taken since
    std::uint64_t wrote = 0;    // how many there were after our last settled write
    std::optional<std::uint64_t> intended;
    bool operator==(const PoolRecord&) const = default;

    /// The directory of the pool's counters.
    [[nodiscard]] std::string directory() const { return path.substr(0, path.rfind('/')); }
    /// The pool's name, as the target of pool_knob.
    [[nodiscard]] std::string target() const { return to_text(id); }
};

} // namespace hostlease
