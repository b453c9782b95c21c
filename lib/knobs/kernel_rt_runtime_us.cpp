#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

extern const Knob knob_kernel_rt_runtime_us;

namespace {
constexpr std::string_view path = "/proc/sys/kernel/sched_rt_runtime_us";
constexpr KeySpec keys[] = {
    {.key = "kernel.rt_runtime_us",
     .kinds = an_integer,
     .minimum = -1,
     .maximum = 1000000,
     .summary = "us of each period that real-time threads may take of a CPU; -1: all of it, which can starve the host",
     .example = "-1"}};
constexpr std::string_view paths[] = {path};

void plan(const PlanInput& input, KnobPlan& plan) { plan_single_file(input, plan, knob_kernel_rt_runtime_us, path); }
} // namespace

constinit const Knob knob_kernel_rt_runtime_us{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = combine_must_agree,
    .paths = paths,
    .source = "Documentation/scheduler/sched-rt-group.rst, 6.1: -1 to the period, which is 1000000 unless changed",
    .plan = plan,
};

} // namespace hostlease
