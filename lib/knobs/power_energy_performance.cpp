#include "core/parse.hpp"
#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/neighbours.hpp"
#include "knobs/parts/pinned.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hostlease {

extern const Knob knob_power_energy_performance;

namespace {
constexpr KeySpec keys[] = {
    {.key = "power.energy_performance",
     .kinds = an_integer | a_name,
     .minimum = 0,
     .maximum = 255,
     .summary = "energy-performance preference of the cpufreq policies of the domain's pinned CPUs",
     .example = "\"performance\""}};
constexpr std::string_view paths[] = {"/sys/devices/system/cpu/cpufreq/policy*/energy_performance_preference",
                                      "/sys/devices/system/cpu/cpu*/cpufreq/energy_performance_preference"};

/// The value as the drivers show it: they have words for both ends of the range, and not all drivers accept a
/// number.
std::string driver_word(const Setting& setting) {
    const std::string value = setting.plain();
    return value == "0" ? "performance" : value == "255" ? "power" : value;
}

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr) return;
    for (const auto* cpufreq : pinned_cpufreq_or_note(input, keys[0].key, plan))
        plan.claims.push_back(claim_for(
            input, keys[0].key,
            {.target = FileTarget{cpufreq->name, "/sys/devices/system/cpu/cpufreq/" + cpufreq->name +
                                                     "/energy_performance_preference"},
             .value = driver_word(*setting),
             .why = "vCPUs are pinned to CPU " + to_list(cpufreq->cpus & pinned_cpus(input.domain))}));
}

/// How much energy a value saves, from 0 to 255. The words have intel_pstate's numbers, so that they compare
/// with numbers. "default" is the firmware's number, which is assumed to be just above balance_performance.
/// An unknown word counts as saving most.
std::int64_t saving(const std::string& claim) {
    constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> words{{{"performance", 0},
                                                                              {"balance_performance", 128},
                                                                              {"default", 129},
                                                                              {"balance_power", 192},
                                                                              {"power", 255}}};
    const auto* word =
        std::find_if(words.begin(), words.end(), [&](const auto& row) { return row.first == claim; });
    if (word != words.end()) return word->second;
    return parse_integer<std::int64_t>(claim).value_or(256);
}

Combined combine(std::string_view, std::span<const std::string> claims) {
    return combine_least(saving, claims);
}
/// A driver shows a number that equals one of its words as that word. Source:
/// intel_pstate_get_energy_pref_index, drivers/cpufreq/intel_pstate.c (6.12).
bool is_same(std::string_view found, std::string_view wanted) {
    if (found == wanted) return true;
    const auto left = saving(std::string(found));
    return left <= 255 && found != "default" && wanted != "default" && left == saving(std::string(wanted));
}
} // namespace

constinit const Knob knob_power_energy_performance{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = {combine, "the value that saves the least energy"},
    .paths = paths,
    .source = "Documentation/admin-guide/pm/intel_pstate.rst, 6.1, and amd-pstate.rst: a hint of each policy",
    .plan = plan,
    .same = is_same,
    .neighbours = preference_files,
};

} // namespace hostlease
