#include "knobs/parts/claims.hpp"

#include <utility>

namespace hostlease {

Claim claim_for(const PlanInput& input, std::string_view key, ClaimParts parts) {
    const Setting* setting = input.policy.find(key);
    return claim_for(key, setting == nullptr ? SourcePosition{input.policy.file, 0, 0} : setting->position,
                     input.policy.enforcement(key), std::move(parts));
}

Claim claim_for(std::string_view key, const SourcePosition& position, Enforce enforce, ClaimParts parts) {
    return {.knob = std::string(key),
            .target = std::move(parts.target),
            .value = std::move(parts.value),
            .enforce = enforce,
            .phase = parts.phase,
            .position = position,
            .why = std::move(parts.why),
            .condition = parts.condition};
}

} // namespace hostlease
