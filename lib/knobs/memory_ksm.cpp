#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

extern const Knob knob_memory_ksm;

namespace {
constexpr std::string_view path = "/sys/kernel/mm/ksm/run";
constexpr std::string_view words[] = {"off", "on"};
constexpr KeySpec keys[] = {
    {.key = "memory.ksm", .words = words, .summary = "same-page merging on the whole host", .example = "\"off\""}};
constexpr std::string_view paths[] = {path};

void plan(const PlanInput& input, KnobPlan& plan) {
    plan_single_file(input, plan, knob_memory_ksm, path, {{"off", "0"}, {"on", "1"}});
}

Combined combine(std::string_view, std::span<const std::string> claims) { return combine_word_wins("0", claims); }
} // namespace

constinit const Knob knob_memory_ksm{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = combine,
    .paths = paths,
    .source =
        "Documentation/admin-guide/mm/ksm.rst, 6.1: 0 stops, 1 runs; 2 would unmerge everything at once and is never written",
    .plan = plan,
};

} // namespace hostlease
