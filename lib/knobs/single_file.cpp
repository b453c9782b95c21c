#include "knobs/single_file.hpp"

namespace hostlease {

void plan_single_file(const PlanInput& input, KnobPlan& plan, const Knob& knob, std::string_view path,
                      const std::map<std::string_view, std::string_view>& words) {
    const Setting* setting = input.policy.find(knob.key);
    if (setting == nullptr) return;
    const std::string value = setting->plain();
    const auto word = words.find(value);
    plan.claims.push_back({.knob = std::string(knob.key),
                           .target = std::string(path.substr(path.rfind('/') + 1)),
                           .path = std::string(path),
                           .value = word == words.end() ? value : std::string(word->second),
                           .enforce = input.policy.enforcement(knob.key),
                           .phase = knob.phase,
                           .position = setting->position,
                           .why = std::string(knob.key) + " = " + setting->text});
}

} // namespace hostlease
