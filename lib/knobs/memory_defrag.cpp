#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

extern const Knob knob_memory_defrag;

namespace {
constexpr std::string_view path = "/sys/kernel/mm/transparent_hugepage/defrag";
constexpr std::string_view words[] = {"always", "defer", "defer+madvise", "madvise", "never"};
constexpr KeySpec keys[] = {{.key = "memory.defrag",
                             .words = words,
                             .summary = "how hard a page fault tries for a transparent huge page",
                             .example = "\"never\""}};
constexpr std::string_view paths[] = {path};

void plan(const PlanInput& input, KnobPlan& plan) { plan_single_file(input, plan, knob_memory_defrag, path); }
} // namespace

constinit const Knob knob_memory_defrag{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = combine_must_agree,
    .paths = paths,
    .source = "Documentation/admin-guide/mm/transhuge.rst, 6.1; the word in brackets is in force",
    .plan = plan,
};

} // namespace hostlease
