// The planner's result: each change with its values before and after, and its reason.
#pragma once

#include "core/diagnostic.hpp"
#include "model/lease.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// One file that would change.
struct Change {
    std::string knob;
    std::string target;
    std::string path;
    std::string from;
    std::string to;
    Phase phase = Phase::start;
    std::string why;
    bool operator==(const Change&) const = default;
};

/// The balance of one huge page pool, in pages except for `left_for_host`.
struct PoolPlan {
    PoolId id;
    std::uint64_t needed = 0;
    std::uint64_t free = 0;
    std::uint64_t promised = 0; // to other leases
    std::uint64_t grow = 0;
    std::uint64_t missing = 0;       // needed pages that are neither free nor to be added
    std::uint64_t left_for_host = 0; // bytes available on the node after growing
    bool operator==(const PoolPlan&) const = default;
};

struct Plan {
    std::string domain;
    std::string uuid;
    std::string policy;
    std::string policy_file;
    std::vector<Claim> claims;
    std::vector<Promise> promises;
    std::vector<PoolPlan> pools;
    std::vector<Change> changes;
    Diagnostics notes; // errors: the start would be refused, and `changes` is empty
};

} // namespace hostlease
