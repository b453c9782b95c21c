#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

extern const Knob knob_memory_stat_interval;

namespace {
constexpr std::string_view path = "/proc/sys/vm/stat_interval";
constexpr KeySpec keys[] = {{.key = "memory.stat_interval",
                             .kinds = an_integer,
                             .minimum = 1,
                             .maximum = 86400,
                             .summary = "seconds between updates of the memory statistics of each CPU",
                             .example = "10"}};
constexpr std::string_view paths[] = {path};

void plan(const PlanInput& input, KnobPlan& plan) { plan_single_file(input, plan, knob_memory_stat_interval, path); }
} // namespace

constinit const Knob knob_memory_stat_interval{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = combine_must_agree,
    .paths = paths,
    .source = "Documentation/admin-guide/sysctl/vm.rst, 6.1",
    .plan = plan,
};

} // namespace hostlease
