// Why the values that are leased are what they are. Changes nothing.
#pragma once

#include "host/host.hpp"
#include "knobs/knob.hpp"
#include "ledger/ledger.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hostlease {

/// A lease's wish for a target, and what became of it.
struct ExplainedClaim {
    std::string domain;
    Claim claim;
    bool counts = false;  // the lease has come that far, and has not ended
    bool granted = false; // the wanted value is the one it asks for
};

/// One target of a knob. Values are in the knob's own words; of a pool they are persistent pages.
struct Explanation {
    const Knob* knob = nullptr;
    std::string target;
    std::string path;
    std::optional<std::string> baseline; // before the first claim; none while nothing is on record
    std::string wanted;                  // "" while nothing is on record
    std::string current;                 // "" when it cannot be read
    std::string writer;                  // who made it what it is, in words
    std::vector<ExplainedClaim> claims;  // oldest first
};

/// Every target that is on record or that a lease will write, in the order of the registry. Points into the
/// registry alone.
std::vector<Explanation> explain(Host& host, const LedgerContent& ledger);

/// A target of a knob that nobody holds: only what it reads now.
Explanation explain_free(Host& host, const Knob& knob, const std::string& path);

} // namespace hostlease
