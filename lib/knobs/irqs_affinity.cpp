#include "knobs/combine.hpp"
#include "knobs/isolation.hpp"

namespace hostlease {

extern const Knob knob_irqs_affinity;

namespace {
constexpr std::string_view words[] = {"housekeeping"};
constexpr KeySpec keys[] = {{.key = "irqs.affinity",
                             .words = words,
                             .summary = "CPUs that serve the host's interrupts: all but the VMs' own",
                             .example = "\"housekeeping\""}};
constexpr std::string_view paths[] = {"/proc/irq/*/smp_affinity_list", "/proc/irq/*/smp_affinity",
                                      "/proc/irq/default_smp_affinity"};

void plan(const PlanInput& input, KnobPlan& plan) {
    auto claim = claim_cpus_left(input, keys[0].key, Phase::start, plan);
    if (!claim) return;
    claim->target = every_target;
    claim->path = paths[0];
    plan.claims.push_back(std::move(*claim));
}
} // namespace

constinit const Knob knob_irqs_affinity{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::interrupt,
    .combine = combine_cpus_left,
    .combining = "what was there before, without what each of the VMs takes",
    .paths = paths,
    .source = "Documentation/core-api/irq/irq-affinity.rst, 6.12: smp_affinity_list, default_smp_affinity; kernel/irq/proc.c: "
              "what is refused",
    .plan = plan,
    .exactness = Exactness::where_possible,
    .leaves_cpus = true,
    .may_become = becomes_within,
    .serves = serves_within,
};

} // namespace hostlease
