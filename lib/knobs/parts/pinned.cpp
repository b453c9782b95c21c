#include "knobs/parts/pinned.hpp"

#include "knobs/parts/notes.hpp"
#include "knobs/parts/placed.hpp"

namespace hostlease {

bool is_refused_a_place(const PlanInput& input) {
    const Placement* place = input.placement;
    return input.policy.find(place_key) != nullptr && place != nullptr && !place->is_found() &&
           !place->is_optional;
}

std::string hint_to_pin(const PlanInput& input, const char* hint) {
    return input.policy.find(place_key) == nullptr ? hint : "see the message about cpus.place";
}

CpuSet pinned_or_note(const PlanInput& input, std::string_view key, KnobPlan& plan) {
    CpuSet pinned = pinned_cpus(input.domain);
    if (pinned.empty() && !is_refused_a_place(input))
        note_by_enforcement(input, plan, key,
                            std::string(key) + " has no effect: the domain's vCPUs are not pinned",
                            hint_to_pin(input, "add <vcpupin> elements to the domain's <cputune>"));
    return pinned;
}

std::vector<const CpufreqPolicy*> pinned_cpufreq_or_note(const PlanInput& input, std::string_view key,
                                                         KnobPlan& plan) {
    std::vector<const CpufreqPolicy*> policies;
    const CpuSet pinned = pinned_or_note(input, key, plan);
    if (pinned.empty()) return policies;
    for (const auto& cpufreq : input.facts.cpufreq)
        if (cpufreq.cpus.intersects(pinned)) policies.push_back(&cpufreq);
    if (!policies.empty()) return policies;
    const std::string why = !input.facts.cpufreq_problem.empty() ? input.facts.cpufreq_problem
                            : input.facts.cpufreq.empty()
                                ? "this host does not have cpufreq policies"
                                : "no cpufreq policy contains CPU " + to_list(pinned);
    note_by_enforcement(input, plan, key, std::string(key) + " has no effect: " + why, {});
    return policies;
}

} // namespace hostlease
