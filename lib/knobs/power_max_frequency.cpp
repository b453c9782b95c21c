#include "knobs/parts/frequency.hpp"

namespace hostlease {

extern const Knob knob_power_max_frequency;

namespace {
constexpr std::string_view words[] = {"min", "max"};
constexpr KeySpec keys[] = {{.key = "power.max_frequency",
                             .kinds = a_frequency,
                             .words = words,
                             .summary = "highest frequency of the cpufreq policies of the domain's pinned "
                                        "CPUs; min and max stand for the hardware's limits",
                             .example = "\"2.5GHz\""}};
constexpr std::string_view paths[] = {"/sys/devices/system/cpu/cpufreq/policy*/scaling_max_freq",
                                      "/sys/devices/system/cpu/cpu*/cpufreq/scaling_max_freq"};

void plan(const PlanInput& input, KnobPlan& plan) {
    plan_frequency(input, plan, keys[0].key, "scaling_max_freq");
}

/// The minimum never reads higher than the maximum. Source: cpufreq_verify_within_limits,
/// include/linux/cpufreq.h (6.12).
std::vector<Neighbour> neighbours(const KnobRecord& record) {
    return {{"power.min_frequency", record.path.substr(0, record.path.rfind('/') + 1) + "scaling_min_freq"}};
}
} // namespace

constinit const Knob knob_power_max_frequency{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::frequency,
    .combine = {combine_highest, "the highest"},
    .paths = paths,
    .source = "Documentation/admin-guide/pm/cpufreq.rst, 6.1: scaling_min_freq and scaling_max_freq, in kHz",
    .plan = plan,
    .exactness = Exactness::nearby,
    .may_become = may_become_frequency,
    .neighbours = neighbours,
};

} // namespace hostlease
