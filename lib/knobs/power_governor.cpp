#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/neighbours.hpp"
#include "knobs/parts/notes.hpp"
#include "knobs/parts/pinned.hpp"

#include <algorithm>

namespace hostlease {

extern const Knob knob_power_governor;

namespace {
constexpr KeySpec keys[] = {{.key = "power.governor",
                             .kinds = a_name,
                             .summary = "governor of the cpufreq policies of the domain's pinned CPUs",
                             .example = "\"performance\""}};
constexpr std::string_view paths[] = {"/sys/devices/system/cpu/cpufreq/policy*/scaling_governor",
                                      "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"};
constexpr std::string_view ranking[] = {"performance", "schedutil", "ondemand", "conservative", "powersave"};

void plan_policy(const CpufreqPolicy& cpufreq, const Setting& setting, const PlanInput& input,
                 KnobPlan& plan) {
    const std::string governor = setting.plain();
    if (std::find(cpufreq.governors.begin(), cpufreq.governors.end(), governor) == cpufreq.governors.end()) {
        std::string known;
        for (const auto& one : cpufreq.governors)
            known += (known.empty() ? "" : ", ") + one;
        return note_by_enforcement(input, plan, keys[0].key,
                                   "power.governor: cpufreq " + cpufreq.name +
                                       " does not have the governor '" + governor + "'",
                                   "this driver has: " + known);
    }
    plan.claims.push_back(
        claim_for(input, keys[0].key,
                  {.target = FileTarget{cpufreq.name, "/sys/devices/system/cpu/cpufreq/" + cpufreq.name +
                                                          "/scaling_governor"},
                   .value = governor,
                   .why = "vCPUs are pinned to CPU " + to_list(cpufreq.cpus & pinned_cpus(input.domain))}));
}

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr) return;
    for (const auto* cpufreq : pinned_cpufreq_or_note(input, keys[0].key, plan))
        plan_policy(*cpufreq, *setting, input, plan);
}

Combined combine(std::string_view, std::span<const std::string> claims) {
    return combine_by_rank(ranking, claims);
}

/// With the governor performance, intel_pstate and amd-pstate force the energy preference to "performance";
/// only intel_pstate restores the earlier one. A governor's own settings end with the last policy that uses
/// it, and "userspace" starts with the current frequency. Source: intel_pstate_hwp_set,
/// drivers/cpufreq/intel_pstate.c; amd_pstate_epp_update_limit, amd-pstate.c; cpufreq_dbs_governor_exit,
/// cpufreq_governor.c; sugov_exit, kernel/sched/cpufreq_schedutil.c; cpufreq_userspace_policy_start,
/// cpufreq_userspace.c (6.12).
std::vector<Neighbour> neighbours(const KnobRecord& record) {
    const std::string policy = record.path.substr(0, record.path.rfind('/') + 1);
    const std::string all_policies = "/sys/devices/system/cpu/cpufreq/";
    std::vector<Neighbour> list = preference_files(record);
    list.push_back({"sysfs", policy + "scaling_setspeed"});
    list.push_back({"sysfs", policy + record.baseline + "/*"});
    // for governors that all policies share
    list.push_back({"sysfs", all_policies + record.baseline + "/*"});
    return list;
}
} // namespace

constinit const Knob knob_power_governor{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = {combine, "performance before schedutil, ondemand, conservative and powersave"},
    .paths = paths,
    .source = "Documentation/admin-guide/pm/cpufreq.rst, 6.1: a governor belongs to a policy, not to a CPU",
    .plan = plan,
    .neighbours = neighbours,
};

} // namespace hostlease
