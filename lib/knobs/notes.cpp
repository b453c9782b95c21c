#include "knobs/notes.hpp"

#include <utility>

namespace hostlease {

void note_by_enforcement(const PlanInput& input, KnobPlan& plan, std::string_view key, std::string message, std::string hint) {
    const Setting* setting = input.policy.find(key);
    const SourcePosition position = setting == nullptr ? SourcePosition{} : setting->position;
    if (input.policy.enforcement(key) == Enforce::required)
        plan.notes.error(position, std::move(message), std::move(hint));
    else
        plan.notes.warning(position, std::move(message), std::move(hint));
}

} // namespace hostlease
