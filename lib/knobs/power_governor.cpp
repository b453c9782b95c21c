#include "knobs/combine.hpp"
#include "knobs/pinned.hpp"

#include <algorithm>

namespace hostlease {

extern const Knob knob_power_governor;

namespace {
constexpr KeySpec keys[] = {{.key = "power.governor",
                             .kinds = a_name,
                             .summary = "cpufreq governor of the policies that hold the domain's pinned CPUs",
                             .example = "\"performance\""}};
constexpr std::string_view paths[] = {"/sys/devices/system/cpu/cpufreq/policy*/scaling_governor",
                                      "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"};
constexpr std::string_view ranking[] = {"performance", "schedutil", "ondemand", "conservative", "powersave"};

void plan_policy(const CpufreqPolicy& cpufreq, const Setting& setting, const PlanInput& input, KnobPlan& plan) {
    const std::string governor = setting.plain();
    if (std::find(cpufreq.governors.begin(), cpufreq.governors.end(), governor) == cpufreq.governors.end()) {
        std::string known;
        for (const auto& one : cpufreq.governors)
            known += (known.empty() ? "" : ", ") + one;
        const auto message = "governor '" + governor + "' is not available in cpufreq " + cpufreq.name;
        const auto hint = "this driver has: " + known;
        if (input.policy.enforcement(keys[0].key) == Enforce::required)
            plan.notes.error(setting.position, message, hint);
        else
            plan.notes.warning(setting.position, message, hint);
        return;
    }
    plan.claims.push_back({.knob = std::string(keys[0].key),
                           .target = cpufreq.name,
                           .path = "/sys/devices/system/cpu/cpufreq/" + cpufreq.name + "/scaling_governor",
                           .value = governor,
                           .enforce = input.policy.enforcement(keys[0].key),
                           .phase = Phase::start,
                           .position = setting.position,
                           .why = "vCPUs are pinned to CPU " + to_list(cpufreq.cpus & pinned_cpus(input.domain))});
}

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr) return;
    const CpuSet pinned = pinned_or_note(input, *setting, keys[0].key, plan);
    if (pinned.empty()) return;
    if (input.facts.cpufreq.empty())
        plan.notes.warning(setting->position, "power.governor does nothing: this host has no cpufreq policies", {});
    for (const auto& cpufreq : input.facts.cpufreq)
        if (cpufreq.cpus.intersects(pinned)) plan_policy(cpufreq, *setting, input, plan);
}

Combined combine(std::string_view, std::span<const std::string> claims) { return combine_by_rank(ranking, claims); }
} // namespace

constinit const Knob knob_power_governor{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = combine,
    .combining = "performance before schedutil, ondemand, conservative and powersave",
    .paths = paths,
    .source = "Documentation/admin-guide/pm/cpufreq.rst, 6.1: a governor belongs to a policy, not to a CPU",
    .plan = plan,
};

} // namespace hostlease
