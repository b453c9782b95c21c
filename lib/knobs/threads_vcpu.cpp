#include "knobs/parts/isolation.hpp"
#include "knobs/parts/thread_scheduling.hpp"

#include <algorithm>

namespace hostlease {

extern const Knob knob_threads_vcpu;

namespace {
constexpr KeySpec keys[] = {scheduling_key(
    "threads.vcpu", "scheduling of the vCPU threads: fifo:1 to rr:99, or a nice value", "\"fifo:1\"")};

/// Real-time threads without a limit starve all other threads on their CPUs, even the kernel's own.
void note_starving(const PlanInput& input, const Setting& setting, KnobPlan& plan) {
    if (!is_realtime(setting)) return;
    if (input.policy.get("kernel.rt_runtime_us", input.facts.rt_runtime_us) != -1) return;
    const CpuSet pinned = pinned_cpus(input.domain);
    if (!pinned.empty() && (pinned - isolated_cpus(input)).empty()) return;
    plan.notes.warning(
        setting.position,
        "threads.vcpu = " + setting.text +
            ": the vCPUs' CPUs are not isolated, and with kernel.sched_rt_runtime_us = -1 a busy vCPU "
            "starves all other work on its CPU",
        "isolate the CPUs with cpus.isolate = \"pinned\", or set kernel.rt_runtime_us to 950000");
}

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr) return;
    CpuSet ids = CpuSet::range(0, std::max(input.domain.vcpus, 1U) - 1);
    CpuSet scheduled;
    for (const auto& scheduler : input.domain.vcpu_schedulers)
        scheduled |= scheduler.ids & ids;
    if (!scheduled.empty())
        plan.notes.warning(
            setting->position,
            "threads.vcpu leaves vCPU " + to_list(scheduled) +
                " alone: the domain's <vcpusched> already sets its scheduling",
            "remove the <vcpusched> elements from the domain's <cputune>, or the key from the policy");
    note_starving(input, *setting, plan);
    claim_scheduling(input, plan, keys[0].key, "vcpu", ids - scheduled);
}
} // namespace

constinit const Knob knob_threads_vcpu = scheduling_knob(keys, plan);

} // namespace hostlease
