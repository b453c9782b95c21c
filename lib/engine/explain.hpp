// Explains why leased values are what they are. Changes nothing.
#pragma once

#include "host/host.hpp"
#include "knobs/knob.hpp"
#include "ledger/ledger.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hostlease {

/// A lease's claim on a target, and its outcome.
struct ExplainedClaim {
    std::string domain;
    Claim claim;
    bool counts = false;  // the lease has reached this phase, and has not ended
    bool granted = false; // the wanted value is the claimed one
};

/// One target of a knob. Values are in the knob's own words; for a pool, they are persistent pages.
struct Explanation {
    const Knob* knob = nullptr;
    std::string target;
    std::string path;
    std::optional<std::string> baseline; // before the first claim; none without a record
    std::string wanted;                  // "" without a record
    std::string current;                 // "" if it cannot be read
    std::string writer;                  // who wrote the current value, in words
    std::vector<ExplainedClaim> claims;  // oldest first
};

/// Every target that is on record or that a lease will write, in the order of the registry. Contains pointers
/// into the registry only.
std::vector<Explanation> explain(Host& host, const LedgerContent& ledger);

/// A target of a knob that no lease holds: only its current value.
Explanation explain_free(Host& host, const Knob& knob, const std::string& path);

} // namespace hostlease
