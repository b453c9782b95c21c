#include "knobs/combine.hpp"
#include "knobs/isolation.hpp"

namespace hostlease {

extern const Knob knob_irqs_balancer;

namespace {
constexpr std::string_view words[] = {"ban"};
constexpr KeySpec keys[] = {{.key = "irqs.balancer",
                             .words = words,
                             .summary = "irqbalance gives the VMs' own CPUs no interrupts; without it nothing is done",
                             .example = "\"ban\""}};
constexpr std::string_view paths[] = {"/run/irqbalance/*.sock"};

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr) return;
    const CpuSet quiet = quiet_or_note(input, keys[0].key, plan);
    if (quiet.empty() || !leaves_host_cpus(input, keys[0].key, quiet, plan)) return;
    plan.claims.push_back({.knob = std::string(keys[0].key),
                           .target = std::string(every_target),
                           .path = std::string(paths[0]),
                           .value = to_list(quiet),
                           .enforce = input.policy.enforcement(keys[0].key),
                           .phase = Phase::start,
                           .position = setting->position,
                           .why = "CPU " + to_list(quiet) + " is the VM's"});
}
} // namespace

constinit const Knob knob_irqs_balancer{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::interrupt_balancer,
    .combine = combine_cpu_union,
    .combining = "what was there before, and the CPUs of all VMs",
    .paths = paths,
    .source = "irqbalance(1) and irqbalance.c, 1.9.2 and 1.9.4: the socket's \"settings cpus\" and \"setup\"",
    .plan = plan,
};

} // namespace hostlease
