#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

extern const Knob knob_memory_numa_balancing;

namespace {
constexpr std::string_view path = "/proc/sys/kernel/numa_balancing";
constexpr std::string_view words[] = {"off", "on"};
constexpr KeySpec keys[] = {{.key = "memory.numa_balancing",
                             .kinds = an_integer,
                             .words = words,
                             .minimum = 0,
                             .maximum = 2,
                             .summary = "automatic NUMA balancing; bound guests do not need it",
                             .example = "\"off\""}};
constexpr std::string_view paths[] = {path};

void plan(const PlanInput& input, KnobPlan& plan) {
    plan_single_file(input, plan, knob_memory_numa_balancing, path, {{"off", "0"}, {"on", "1"}});
}

Combined combine(std::string_view, std::span<const std::string> claims) { return combine_word_wins("0", claims); }
} // namespace

constinit const Knob knob_memory_numa_balancing{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = combine,
    .paths = paths,
    .source = "Documentation/admin-guide/sysctl/kernel.rst, 5.18: 0 off, 1 on, 2 tiering",
    .plan = plan,
};

} // namespace hostlease
