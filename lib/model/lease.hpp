// What a VM holds of the host, and what the host was before anybody held it.
#pragma once

#include "core/diagnostic.hpp"
#include "core/kernel_text.hpp"
#include "model/host_facts.hpp"
#include "model/policy.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hostlease {

/// When a claim counts, besides its phase. CPUs are isolated by partitions where the kernel can make them, which shows only once QEMU
/// runs; until then, and where it cannot, by what the other claims do.
enum class Condition {
    always,
    unless_partitioned, // slices: until the partitions took
    partition,          // the partitions themselves: until they have failed
    fallback            // what partitions would have done by themselves: once they have failed
};

std::string_view to_text(Condition condition);
std::optional<Condition> parse_condition(std::string_view text);

/// Stands for every target of a knob there is, now and later.
inline constexpr std::string_view every_target = "*";

/// A lease's wish for one knob. `target` names the instance of the knob ("policy4", "node0/hugepages-2048kB"), `value` is in
/// the knob's own words; for a pool it is the number of pages the lease adds. A claim without `path` is a limit that other
/// plans combine with, and is never written; so is one whose path has a '*' in it: which file that is shows once QEMU runs. The
/// target every_target stands for each one the knob's form finds.
struct Claim {
    std::string knob;
    std::string target;
    std::string path;
    std::string value;
    Enforce enforce = Enforce::best_effort;
    Phase phase = Phase::start;
    SourcePosition position; // the policy line that asks for it
    std::string why;
    Condition condition = Condition::always;
    std::int64_t order = 0; // microseconds since boot when it was made, where that was after the lease; 0: with the lease
    bool operator==(const Claim&) const = default;

    [[nodiscard]] bool is_for_every_target() const { return target == every_target; }
    /// Whether it waits for QEMU to be resolved to a file or thread.
    [[nodiscard]] bool is_open() const { return !is_for_every_target() && path.find('*') != std::string::npos; }
};

/// Huge pages that QEMU will map from a pool: nobody else may count on them while it has not.
struct Promise {
    PoolId pool;
    std::uint64_t pages = 0;
    bool operator==(const Promise&) const = default;
};

/// Identity of a process that survives reuse of its number. Source: proc(5), stat field 22, in clock ticks since boot.
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

struct Lease {
    std::string uuid;
    std::string domain;
    std::string policy;
    std::string policy_file;
    LeaseState state = LeaseState::preparing;
    Isolation isolation = Isolation::undecided;
    std::string fallback;   // why it has fallen back, "" when not known
    std::int64_t since = 0; // seconds since 1970
    std::int64_t order = 0; // microseconds since boot at prepare; older leases come first when claims combine
    ProcessId daemon;       // libvirt's daemon that called prepare, or whoever did
    ProcessId qemu;
    std::vector<Claim> claims;
    std::vector<Promise> promises;
    std::vector<Timing> timings; // one an operation, in the order they came first
    bool operator==(const Lease&) const = default;

    /// Keeps the later call of an operation, and of one call the longer time. False when this is no news.
    bool note(const Timing& timing);
    /// Of an operation, nullptr when none was noted.
    [[nodiscard]] const Timing* timing(std::string_view operation) const;

    /// Whether the lease has come as far as this claim of its.
    [[nodiscard]] bool holds(const Claim& claim) const;
    /// Whether QEMU may still map pages that were promised to it.
    [[nodiscard]] bool has_open_promises() const { return state < LeaseState::ending; }
};

/// A knob's key and one of its targets.
using TargetName = std::pair<std::string, std::string>;

/// The ledger's account of one knob target. While `intended` is set, a write of it may or may not have happened.
struct KnobRecord {
    std::string knob;
    std::string target;
    std::string path;
    std::string baseline;                // before the first claim
    std::string wrote;                   // what it read after our last settled write
    std::optional<std::string> intended; // about to be written
    std::optional<std::string> refused;  // what this target did not take, where a knob may be refused; not tried again
    std::vector<TargetName> beside;      // targets whose writes may change this one: it is kept as long as one of them is

    /// Whether a value found is one that hostlease knows of: the baseline, its own, or left by a write that was cut off.
    [[nodiscard]] bool knows(std::string_view current) const;
    bool operator==(const KnobRecord&) const = default;
};

} // namespace hostlease
