#include "knobs/parts/notes.hpp"

#include <utility>

namespace hostlease {

void note_by_enforcement(const PlanInput& input, KnobPlan& plan, std::string_view key, std::string message,
                         std::string hint) {
    const Setting* setting = input.policy.find(key);
    plan.notes.add(severity_of(input.policy.enforcement(key)),
                   setting == nullptr ? SourcePosition{} : setting->position, std::move(message),
                   std::move(hint));
}

} // namespace hostlease
