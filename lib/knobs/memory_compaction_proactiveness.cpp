#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

extern const Knob knob_memory_compaction_proactiveness;

namespace {
constexpr std::string_view path = "/proc/sys/vm/compaction_proactiveness";
constexpr KeySpec keys[] = {{.key = "memory.compaction_proactiveness",
                             .kinds = an_integer,
                             .minimum = 0,
                             .maximum = 100,
                             .summary = "how hard the host compacts memory in the background; 0 keeps it off a latency guest",
                             .example = "0"}};
constexpr std::string_view paths[] = {path};

void plan(const PlanInput& input, KnobPlan& plan) { plan_single_file(input, plan, knob_memory_compaction_proactiveness, path); }
} // namespace

constinit const Knob knob_memory_compaction_proactiveness{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = combine_must_agree,
    .paths = paths,
    .source = "Documentation/admin-guide/sysctl/vm.rst, 5.9; a non-zero write compacts at once",
    .plan = plan,
};

} // namespace hostlease
