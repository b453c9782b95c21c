// How knobs make claims.
#pragma once

#include "knobs/knob.hpp"

#include <string>
#include <string_view>

namespace hostlease {

/// What a knob says of a claim; the policy says the rest.
struct ClaimParts {
    ClaimTarget target = FileTarget{};
    std::string value = {};
    Phase phase = Phase::start;
    std::string why = {};
    Condition condition = Condition::always;
};

/// A claim that `key` asks for: by the line of its setting, or the policy's file where it has none, and with
/// the enforcement of its table.
Claim claim_for(const PlanInput& input, std::string_view key, ClaimParts parts);

/// A claim on the knob of `key` that another line of the policy asks for, or that is enforced otherwise.
Claim claim_for(std::string_view key, const SourcePosition& position, Enforce enforce, ClaimParts parts);

} // namespace hostlease
