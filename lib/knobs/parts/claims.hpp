// How knobs make claims.
#pragma once

#include "knobs/knob.hpp"

#include <string>
#include <string_view>

namespace hostlease {

/// The parts of a claim that the knob decides; the policy decides the rest.
struct ClaimParts {
    ClaimTarget target = FileTarget{};
    std::string value = {};
    Phase phase = Phase::start;
    std::string why = {};
    Condition condition = Condition::always;
};

/// A claim that `key` asks for. Its position is the line of the key's setting, or the policy's file if it has
/// none; its enforcement is that of the key's table.
Claim claim_for(const PlanInput& input, std::string_view key, ClaimParts parts);

/// A claim on the knob of `key` that comes from another line of the policy, or is enforced differently.
Claim claim_for(std::string_view key, const SourcePosition& position, Enforce enforce, ClaimParts parts);

} // namespace hostlease
