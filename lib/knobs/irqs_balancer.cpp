#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/isolation.hpp"

namespace hostlease {

extern const Knob knob_irqs_balancer;

namespace {
constexpr std::string_view words[] = {"ban"};
constexpr KeySpec keys[] = {
    {.key = "irqs.balancer",
     .words = words,
     .summary = "ban the VMs' own CPUs in irqbalance; no effect if irqbalance is not running",
     .example = "\"ban\""}};
constexpr std::string_view paths[] = {"/run/irqbalance/*.sock"};

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr) return;
    const CpuSet quiet = quiet_or_note(input, keys[0].key, plan);
    if (quiet.empty() || !leaves_host_cpus(input, keys[0].key, quiet, plan)) return;
    plan.claims.push_back(claim_for(input, keys[0].key,
                                    {.target = EveryTarget{std::string(paths[0])},
                                     .value = to_list(quiet),
                                     .why = "CPU " + to_list(quiet) + " belongs to the VM"}));
}
} // namespace

constinit const Knob knob_irqs_balancer{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::interrupt_balancer,
    .combine = {combine_cpu_union, "the earlier value and the CPUs of all VMs"},
    .paths = paths,
    .source = "irqbalance(1) and irqbalance.c, 1.9.2 and 1.9.4: the socket's \"settings cpus\" and \"setup\"",
    .plan = plan,
};

} // namespace hostlease
