#include "knobs/parts/thread_scheduling.hpp"

namespace hostlease {

extern const Knob knob_threads_iothread;

namespace {
constexpr KeySpec keys[] = {
    scheduling_key("threads.iothread", "scheduling of the I/O threads", "\"fifo:1\"")};

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr) return;
    if (input.domain.iothreads == 0)
        plan.notes.warning(setting->position, "threads.iothread has no effect: the domain has no I/O threads",
                           "add <iothreads> to the domain and iothread='N' to the drivers of its disks");
    else
        claim_scheduling(input, plan, keys[0].key, "iothread", iothread_set(input.domain));
}
} // namespace

constinit const Knob knob_threads_iothread = scheduling_knob(keys, plan);

} // namespace hostlease
