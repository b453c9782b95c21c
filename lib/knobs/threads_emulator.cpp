#include "knobs/parts/thread_scheduling.hpp"

namespace hostlease {

extern const Knob knob_threads_emulator;

namespace {
constexpr KeySpec keys[] = {
    scheduling_key("threads.emulator", "scheduling of QEMU's main thread and its helper threads", "-5")};

void plan(const PlanInput& input, KnobPlan& plan) {
    if (input.policy.find(keys[0].key) != nullptr)
        claim_scheduling(input, plan, keys[0].key, "emulator", {0});
}
} // namespace

constinit const Knob knob_threads_emulator = scheduling_knob(keys, plan);

} // namespace hostlease
