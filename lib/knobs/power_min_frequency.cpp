#include "knobs/parts/frequency.hpp"

namespace hostlease {

extern const Knob knob_power_min_frequency;

namespace {
constexpr std::string_view words[] = {"min", "max"};
constexpr KeySpec keys[] = {{.key = "power.min_frequency",
                             .kinds = a_frequency,
                             .words = words,
                             .summary = "lowest frequency of the cpufreq policies of the domain's pinned "
                                        "CPUs; min and max stand for the hardware's limits",
                             .example = "\"2GHz\""}};
constexpr std::string_view paths[] = {"/sys/devices/system/cpu/cpufreq/policy*/scaling_min_freq",
                                      "/sys/devices/system/cpu/cpu*/cpufreq/scaling_min_freq"};

void plan(const PlanInput& input, KnobPlan& plan) {
    plan_frequency(input, plan, keys[0].key, "scaling_min_freq");
}
} // namespace

constinit const Knob knob_power_min_frequency{
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
};

} // namespace hostlease
