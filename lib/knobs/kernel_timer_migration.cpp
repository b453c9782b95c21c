#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

extern const Knob knob_kernel_timer_migration;

namespace {
constexpr std::string_view path = "/proc/sys/kernel/timer_migration";
constexpr KeySpec keys[] = {{.key = "kernel.timer_migration",
                             .kinds = an_integer,
                             .minimum = 0,
                             .maximum = 1,
                             .summary = "1: idle CPUs hand their timers to busy ones; 0: timers stay where they were armed",
                             .example = "0"}};
constexpr std::string_view paths[] = {path};

void plan(const PlanInput& input, KnobPlan& plan) { plan_single_file(input, plan, knob_kernel_timer_migration, path); }
} // namespace

constinit const Knob knob_kernel_timer_migration{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = combine_must_agree,
    .paths = paths,
    .source = "kernel/time/timer.c, 6.12: sysctl timer_migration, 0 or 1",
    .plan = plan,
};

} // namespace hostlease
