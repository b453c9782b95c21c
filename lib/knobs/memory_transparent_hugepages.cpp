#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

extern const Knob knob_memory_transparent_hugepages;

namespace {
constexpr std::string_view path = "/sys/kernel/mm/transparent_hugepage/enabled";
constexpr std::string_view words[] = {"always", "madvise", "never"};
constexpr KeySpec keys[] = {{.key = "memory.transparent_hugepages",
                             .words = words,
                             .summary = "transparent huge pages of the host; guests on huge pages do not use them",
                             .example = "\"never\""}};
constexpr std::string_view paths[] = {path};

void plan(const PlanInput& input, KnobPlan& plan) { plan_single_file(input, plan, knob_memory_transparent_hugepages, path); }
} // namespace

constinit const Knob knob_memory_transparent_hugepages{
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
