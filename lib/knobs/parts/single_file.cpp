#include "knobs/parts/single_file.hpp"

#include "knobs/parts/claims.hpp"

#include <algorithm>

namespace hostlease {

void plan_single_file(const PlanInput& input, KnobPlan& plan, const SingleFile& file) {
    const auto& key = file.key.key;
    const Setting* setting = input.policy.find(key);
    if (setting == nullptr) return;
    const std::string value = setting->plain();
    const auto word = std::find_if(file.words.begin(), file.words.end(),
                                   [&](const KernelWord& one) { return one.first == value; });
    plan.claims.push_back(
        claim_for(input, key,
                  {.target = FileTarget{std::string(file.path.substr(file.path.rfind('/') + 1)),
                                        std::string(file.path)},
                   .value = word == file.words.end() ? value : std::string(word->second),
                   .why = std::string(key) + " = " + setting->text}));
}

} // namespace hostlease
