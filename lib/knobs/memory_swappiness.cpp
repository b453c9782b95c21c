#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

extern const Knob knob_memory_swappiness;

namespace {
constexpr std::string_view path = "/proc/sys/vm/swappiness";
constexpr KeySpec keys[] = {{.key = "memory.swappiness",
                             .kinds = an_integer,
                             .minimum = 0,
                             .maximum = 200,
                             .summary = "how readily the host swaps anonymous memory; the guides use 10",
                             .example = "10"}};
constexpr std::string_view paths[] = {path};

void plan(const PlanInput& input, KnobPlan& plan) { plan_single_file(input, plan, knob_memory_swappiness, path); }
} // namespace

constinit const Knob knob_memory_swappiness{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = combine_must_agree,
    .paths = paths,
    .source = "Documentation/admin-guide/sysctl/vm.rst, 5.8: range 0 to 200",
    .plan = plan,
};

} // namespace hostlease
