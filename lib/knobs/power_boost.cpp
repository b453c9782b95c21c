#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/notes.hpp"
#include "knobs/parts/pinned.hpp"

namespace hostlease {

extern const Knob knob_power_boost;

namespace {
constexpr KeySpec keys[] = {{.key = "power.boost",
                             .kinds = a_boolean,
                             .summary = "allow boost frequencies on the cpufreq policies of the domain's "
                                        "pinned CPUs, or on the whole host if the kernel has a single switch",
                             .example = "true"}};
constexpr std::string_view paths[] = {
    "/sys/devices/system/cpu/cpufreq/policy*/boost", "/sys/devices/system/cpu/cpu*/cpufreq/boost",
    "/sys/devices/system/cpu/cpufreq/boost", "/sys/devices/system/cpu/intel_pstate/no_turbo"};
constexpr std::string_view inverted = "no_turbo";

void claim(const PlanInput& input, KnobPlan& plan, std::string target, std::string path, std::string why) {
    const bool on = input.policy.get(keys[0].key, false) != (target == inverted);
    plan.claims.push_back(claim_for(input, keys[0].key,
                                    {.target = FileTarget{std::move(target), std::move(path)},
                                     .value = on ? "1" : "0",
                                     .why = std::move(why)}));
}

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr) return;
    const CpuSet pinned = pinned_or_note(input, keys[0].key, plan);
    if (pinned.empty()) return;
    const auto claims_before = plan.claims.size();
    for (const auto& cpufreq : input.facts.cpufreq)
        if (cpufreq.has_boost && cpufreq.cpus.intersects(pinned))
            claim(input, plan, cpufreq.name, "/sys/devices/system/cpu/cpufreq/" + cpufreq.name + "/boost",
                  "vCPUs are pinned to CPU " + to_list(cpufreq.cpus & pinned));
    if (plan.claims.size() != claims_before) return;
    const std::string& path = input.facts.boost_path;
    if (!path.empty())
        claim(input, plan, path.substr(path.rfind('/') + 1), path, "the host has a single switch");
    else
        note_by_enforcement(input, plan, keys[0].key,
                            "power.boost: " + (input.facts.cpufreq_problem.empty()
                                                   ? std::string("this host does not have a boost switch")
                                                   : input.facts.cpufreq_problem),
                            "remove it from the policy");
}

Combined boost_wins(std::string_view, std::span<const std::string> claims) {
    return combine_word_wins("1", claims);
}

/// Many drivers reset the limits that user space set, and the switch for the whole host resets that of each
/// policy; without turbo, intel_pstate also lowers its minimum performance. Source:
/// cpufreq_boost_trigger_state and cpufreq_boost_set_sw, drivers/cpufreq/cpufreq.c; cppc_cpufreq_set_boost,
/// cppc_cpufreq.c; amd_pstate_cpu_boost_update, amd-pstate.c; store_no_turbo, intel_pstate.c (6.12).
std::vector<Neighbour> neighbours(const KnobRecord& record) {
    const std::string cpufreq = "/sys/devices/system/cpu/cpufreq/";
    const bool is_of_a_policy = record.path != cpufreq + "boost" && record.target != inverted;
    const std::string policy = cpufreq + (is_of_a_policy ? record.target : "policy*") + "/";
    std::vector<Neighbour> list{{"power.max_frequency", policy + "scaling_max_freq"},
                                {"power.min_frequency", policy + "scaling_min_freq"}};
    if (record.target == inverted)
        list.push_back({"sysfs", record.path.substr(0, record.path.rfind('/') + 1) + "min_perf_pct"});
    else if (!is_of_a_policy)
        list.push_back({"power.boost", policy + "boost"});
    return list;
}

CombineFunction combine_for(std::string_view target) {
    return target == inverted ? combine_off_wins : boost_wins;
}
} // namespace

constinit const Knob knob_power_boost{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = {boost_wins, "on as long as any VM asks for that"},
    .paths = paths,
    .source = "Documentation/admin-guide/pm/cpufreq.rst and intel_pstate.rst, 6.1; boost of a policy: "
              "cpufreq.c, 6.12",
    .plan = plan,
    .combine_for = combine_for,
    .neighbours = neighbours,
};

} // namespace hostlease
