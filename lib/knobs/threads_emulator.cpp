#include "knobs/combine.hpp"
#include "knobs/thread_scheduling.hpp"

namespace hostlease {

extern const Knob knob_threads_emulator;

namespace {
constexpr std::string_view words[] = {"batch", "idle"};
constexpr KeySpec keys[] = {{.key = "threads.emulator",
                             .kinds = an_integer | a_scheduling,
                             .words = words,
                             .minimum = -20,
                             .maximum = 19,
                             .summary = "scheduling of QEMU's main thread and its helpers",
                             .example = "-5"}};

void plan(const PlanInput& input, KnobPlan& plan) {
    if (input.policy.find(keys[0].key) != nullptr) claim_scheduling(input, plan, keys[0].key, "emulator", {0});
}
} // namespace

constinit const Knob knob_threads_emulator{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::started,
    .form = KnobForm::thread_scheduling,
    .combine = combine_must_agree,
    .combining = "each VM has its own",
    .paths = {},
    .source = "sched(7), 6.1; libvirt 9.0 to 11.3, src/util/vircgroup.c: QEMU's threads have cgroups by what they do",
    .plan = plan,
    .resolve = resolve_scheduling,
};

} // namespace hostlease
