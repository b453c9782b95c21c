#include "knobs/combine.hpp"
#include "knobs/isolation.hpp"
#include "knobs/thread_scheduling.hpp"

#include <algorithm>

namespace hostlease {

extern const Knob knob_threads_vcpu;

namespace {
constexpr std::string_view words[] = {"batch", "idle"};
constexpr KeySpec keys[] = {{.key = "threads.vcpu",
                             .kinds = an_integer | a_scheduling,
                             .words = words,
                             .minimum = -20,
                             .maximum = 19,
                             .summary = "scheduling of the vCPU threads: fifo:1 to rr:99, or a nice value",
                             .example = "\"fifo:1\""}};

/// Real-time threads without a limit starve everything else on their CPUs, the kernel's own threads too.
void note_starving(const PlanInput& input, const Setting& setting, KnobPlan& plan) {
    if (!is_realtime(setting)) return;
    if (input.policy.get("kernel.rt_runtime_us", input.facts.rt_runtime_us) != -1) return;
    const CpuSet pinned = pinned_cpus(input.domain);
    if (!pinned.empty() && (pinned - isolated_cpus(input)).empty()) return;
    plan.notes.warning(setting.position,
                       "threads.vcpu = " + setting.text +
                           ": the vCPUs' CPUs are not isolated, and kernel.sched_rt_runtime_us = -1 lets a busy vCPU starve all "
                           "other work there",
                       "isolate them with cpus.isolate = \"pinned\", or set kernel.rt_runtime_us to 950000");
}

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr) return;
    CpuSet ids = CpuSet::range(0, std::max(input.domain.vcpus, 1U) - 1);
    CpuSet scheduled;
    for (const auto& scheduler : input.domain.vcpu_schedulers)
        scheduled |= scheduler.ids & ids;
    if (!scheduled.empty())
        plan.notes.warning(setting->position,
                           "threads.vcpu leaves vCPU " + to_list(scheduled) + " alone: the domain's <vcpusched> schedules it",
                           "take the <vcpusched> elements out of the domain's <cputune>, or the key out of the policy");
    note_starving(input, *setting, plan);
    claim_scheduling(input, plan, keys[0].key, "vcpu", ids - scheduled);
}
} // namespace

constinit const Knob knob_threads_vcpu{
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
