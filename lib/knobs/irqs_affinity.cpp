#include "knobs/parts/combine.hpp"
#include "knobs/parts/isolation.hpp"

namespace hostlease {

extern const Knob knob_irqs_affinity;

namespace {
constexpr std::string_view words[] = {"housekeeping"};
constexpr KeySpec keys[] = {{.key = "irqs.affinity",
                             .words = words,
                             .summary = "CPUs that handle the host's interrupts: all except the VMs' own",
                             .example = "\"housekeeping\""}};
constexpr std::string_view paths[] = {"/proc/irq/*/smp_affinity_list", "/proc/irq/*/smp_affinity",
                                      "/proc/irq/default_smp_affinity"};

void plan(const PlanInput& input, KnobPlan& plan) {
    auto claim = claim_cpus_left(input, keys[0].key, Phase::start, plan);
    if (!claim) return;
    claim->target = EveryTarget{std::string(paths[0])};
    plan.claims.push_back(std::move(*claim));
}
} // namespace

constinit const Knob knob_irqs_affinity{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::interrupt,
    .combine = cpus_left,
    .paths = paths,
    .source = "Documentation/core-api/irq/irq-affinity.rst, 6.12: smp_affinity_list, default_smp_affinity; "
              "kernel/irq/proc.c: what is refused",
    .plan = plan,
    .exactness = Exactness::where_possible,
    .leaves_cpus = true,
    .may_become = becomes_within,
    .serves = serves_within,
};

} // namespace hostlease
