// What a VM holds of the host, and what the host was before anybody held it.
#pragma once

#include "core/diagnostic.hpp"
#include "model/host_facts.hpp"
#include "model/policy.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hostlease {

/// A lease's wish for one knob. `target` names the instance of the knob ("policy4", "node0/hugepages-2048kB"), `value` is in
/// the knob's own words; for a pool it is the number of pages the lease adds. A claim without `path` is a limit that other
/// plans combine with, and is never written.
struct Claim {
    std::string knob;
    std::string target;
    std::string path;
    std::string value;
    Enforce enforce = Enforce::best_effort;
    Phase phase = Phase::start;
    SourcePosition position; // the policy line that asks for it
    std::string why;
    bool operator==(const Claim&) const = default;
};

/// Huge pages that QEMU will map from a pool: nobody else may count on them while it has not.
struct Promise {
    PoolId pool;
    std::uint64_t pages = 0;
    bool operator==(const Promise&) const = default;
};

/// Identity of a process that survives reuse of its number. Source: proc(5), stat field 22, in clock ticks since boot.
struct ProcessId {
    std::int64_t pid = 0; // 0: unknown
    std::uint64_t start_time = 0;
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

struct Lease {
    std::string uuid;
    std::string domain;
    std::string policy;
    std::string policy_file;
    LeaseState state = LeaseState::preparing;
    std::int64_t since = 0; // seconds since 1970
    std::int64_t order = 0; // microseconds since boot at prepare; older leases come first when claims combine
    ProcessId daemon;       // libvirt's daemon that called prepare
    ProcessId qemu;
    std::vector<Claim> claims;
    std::vector<Promise> promises;
    bool operator==(const Lease&) const = default;

    /// Whether its claims on knobs of `phase` are in force.
    [[nodiscard]] bool holds(Phase phase) const;
    /// Whether QEMU may still map pages that were promised to it.
    [[nodiscard]] bool has_open_promises() const { return state < LeaseState::ending; }
};

/// True when two readings of a knob mean the same: equal text, numbers ("0x10" and "16") or booleans ("Y" and "1").
bool same_value(std::string_view left, std::string_view right);

/// The ledger's account of one knob target. While `intended` is set, a write of it may or may not have happened.
struct KnobRecord {
    std::string knob;
    std::string target;
    std::string path;
    std::string baseline;                // before the first claim
    std::string wrote;                   // what it read after our last settled write
    std::optional<std::string> intended; // about to be written

    /// Whether a value found is one that hostlease knows of: the baseline, its own, or left by a write that was cut off.
    [[nodiscard]] bool knows(std::string_view current) const;
    bool operator==(const KnobRecord&) const = default;
};

} // namespace hostlease
