// Leases with their claims, and records of the host's values before the first claim.
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

/// When a claim counts, in addition to its phase. Partitions isolate CPUs if the kernel can make them, which
/// is known only once QEMU runs. Until then, and if the kernel cannot, other claims isolate the CPUs.
enum class Condition {
    always,
    unless_partitioned, // slices: until the partitions exist
    partition,          // the partitions themselves: until they fail or QEMU ends
    fallback            // what partitions would do by themselves: once they have failed
};

std::string_view to_text(Condition condition);
std::optional<Condition> parse_condition(std::string_view text);

/// One target of a knob: its name ("policy4", "node0/hugepages-2048kB") and its file.
struct FileTarget {
    std::string name;
    std::string path;
    bool operator==(const FileTarget&) const = default;
};

/// Every target that the knob's form finds, now or later; `paths` is a glob over their files.
struct EveryTarget {
    std::string paths;
    bool operator==(const EveryTarget&) const = default;
};

/// A target that is known only once QEMU runs, such as a thread's cgroup: the knob's resolve() then turns
/// the claim into claims on files. `paths` is a glob over the possible files.
struct AwaitsQemu {
    std::string name;
    std::string paths;
    bool operator==(const AwaitsQemu&) const = default;
};

/// Limits that the lease sets for the plans of other VMs.
enum class LimitKind {
    pinned,             // CPUs of the vCPUs
    helpers,            // CPUs of QEMU's other threads
    isolated,           // CPUs that only the VM uses
    housekeeping_cores, // the number of cores that the host keeps
    host_free_min,      // bytes that each node keeps for the host
    idle,               // CPUs that nothing may run on: siblings of those chosen for vCPUs
    nodes,              // NUMA nodes chosen for the VM
    memory              // bytes that the VM has on these nodes, without huge pages
};

std::string_view to_text(LimitKind kind);
std::optional<LimitKind> parse_limit(std::string_view text);

/// A limit is never written to the host.
struct Limit {
    LimitKind kind = LimitKind::pinned;
    bool operator==(const Limit&) const = default;
};

using ClaimTarget = std::variant<FileTarget, EveryTarget, AwaitsQemu, Limit>;

/// The name that stands for every target of a knob.
inline constexpr std::string_view every_target = "*";

/// The knob whose claims add pages to a pool of huge pages: their target is the pool's name.
inline constexpr const char* pool_knob = "hugepages.reserve";

/// The value that a lease wants of one target of a knob. `value` has the knob's format; for a pool, it is
/// the number of pages that the lease adds.
struct Claim {
    std::string knob;
    ClaimTarget target;
    std::string value;
    Enforce enforce = Enforce::best_effort;
    Phase phase = Phase::start;
    SourcePosition position; // the policy line that asks for it
    std::string why;
    Condition condition = Condition::always;
    // microseconds since boot when the claim was made, if later than the lease; 0: with the lease
    std::int64_t order = 0;
    bool operator==(const Claim&) const = default;

    [[nodiscard]] bool is_for_every_target() const { return std::holds_alternative<EveryTarget>(target); }
    [[nodiscard]] bool is_open() const { return std::holds_alternative<AwaitsQemu>(target); }
    [[nodiscard]] bool is_limit() const { return std::holds_alternative<Limit>(target); }
    /// The target's name; every_target for all of them.
    [[nodiscard]] std::string name() const;
    /// The target's file, or the glob over its possible files; "" for a limit.
    [[nodiscard]] std::string path() const;
    /// The pool to which the claim adds pages; nullopt for any other claim.
    [[nodiscard]] std::optional<PoolId> pool() const;
    /// The number of pages that the claim adds to its pool.
    [[nodiscard]] std::uint64_t pages() const;
};

/// Huge pages that QEMU will map from a pool. Until QEMU has mapped them, no other VM may use them.
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
    preparing, // on disk; pages may still be missing
    prepared,  // pages available, QEMU not started
    starting,  // claims of the start phase count as well; QEMU not seen yet
    running,   // QEMU seen
    ending,    // QEMU has ended, its release is next
    releasing  // its claims no longer count; the host may not be restored yet
};

std::string_view to_text(LeaseState state);
std::optional<LeaseState> lease_state(std::string_view text);

/// How the CPUs of a lease are isolated, if it asks for partitions.
enum class Isolation {
    undecided,   // QEMU does not run yet
    partitioned, // by the partitions
    fallen_back, // by the other claims, because the partitions could not be made
    retrying     // by the other claims, while the partitions are tried again
};

std::string_view to_text(Isolation isolation);
std::optional<Isolation> parse_isolation(std::string_view text);

/// The duration of one call by libvirt, up to the moment when it was recorded.
struct Timing {
    std::string operation;              // "prepare"
    std::chrono::microseconds began{};  // since boot
    std::chrono::microseconds total{};  // the parts below, and reading and planning
    std::chrono::microseconds lock{};   // waiting for other calls
    std::chrono::microseconds pages{};  // growing huge page pools
    std::chrono::microseconds writes{}; // bringing all other knobs to their wanted values
    bool operator==(const Timing&) const = default;
};

/// A timing that was recorded after the last write of its lease.
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
    ProcessId daemon; // libvirt's daemon, or another program, that called prepare
    ProcessId qemu;
    std::vector<Claim> claims;
    std::vector<Promise> promises;
    std::vector<Timing> timings; // one for each operation, in the order of their first calls
    bool operator==(const Lease&) const = default;

    /// Records the timing, unless the one on record for its operation is of a later call, or of the same
    /// call and at least as long. Returns whether it was recorded.
    bool note(const Timing& timing);
    /// The recorded timing of the operation; nullptr if there is none.
    [[nodiscard]] const Timing* timing(std::string_view operation) const;

    /// The claim with this limit; nullptr if there is none.
    [[nodiscard]] const Claim* limit(LimitKind kind) const;
    /// The CPUs of this limit; empty if there is none.
    [[nodiscard]] CpuSet limit_cpus(LimitKind kind) const;

    /// Whether this claim of the lease counts in the lease's current state.
    [[nodiscard]] bool holds(const Claim& claim) const;
    /// Whether QEMU may still map pages that were promised to it.
    [[nodiscard]] bool has_open_promises() const { return state < LeaseState::ending; }
};

/// A knob's key and one of its targets.
using TargetName = std::pair<std::string, std::string>;

/// The ledger's record of one target of a knob. While `intended` is set, that value may or may not have been
/// written.
struct KnobRecord {
    std::string knob;
    std::string target;
    std::string path;
    std::string baseline;                // before the first claim
    std::string wrote;                   // what the target read after our last settled write
    std::optional<std::string> intended; // about to be written
    std::optional<std::string>
        // a value that the target refused or reads back in another spelling; not written again
        refused;
    // targets whose writes may change this one: this record stays as long as one of theirs
    std::vector<TargetName> beside;

    /// Whether hostlease knows the origin of the current value: it is the baseline, the written value, or
    /// possibly the result of an interrupted write.
    [[nodiscard]] bool knows(std::string_view current) const;
    bool operator==(const KnobRecord&) const = default;
};

/// The ledger's record of a pool of huge pages. Numbers are persistent pages, which a write to nr_hugepages
/// sets. While `intended` is set, that number may or may not have been written.
struct PoolRecord {
    PoolId id;
    std::string path;           // of its nr_hugepages
    std::uint64_t baseline = 0; // before the first claim, plus or minus the changes by other programs
    std::uint64_t wrote = 0;    // their number after our last settled write
    std::optional<std::uint64_t> intended;
    bool operator==(const PoolRecord&) const = default;

    /// The directory of the pool's counters.
    [[nodiscard]] std::string directory() const { return path.substr(0, path.rfind('/')); }
    /// The pool's name, as the target of pool_knob.
    [[nodiscard]] std::string target() const { return to_text(id); }
};

} // namespace hostlease
