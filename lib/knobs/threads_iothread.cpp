#include "knobs/combine.hpp"
#include "knobs/thread_scheduling.hpp"

namespace hostlease {

extern const Knob knob_threads_iothread;

namespace {
constexpr std::string_view words[] = {"batch", "idle"};
constexpr KeySpec keys[] = {{.key = "threads.iothread",
                             .kinds = an_integer | a_scheduling,
                             .words = words,
                             .minimum = -20,
                             .maximum = 19,
                             .summary = "scheduling of the I/O threads",
                             .example = "\"fifo:1\""}};

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr) return;
    if (input.domain.iothreads == 0)
        plan.notes.warning(setting->position, "threads.iothread does nothing: the domain has no I/O threads",
                           "add <iothreads> to the domain, and iothread='N' to the drivers of its disks");
    else
        claim_scheduling(input, plan, keys[0].key, "iothread", CpuSet::range(1, input.domain.iothreads));
}
} // namespace

constinit const Knob knob_threads_iothread{
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
