#include "knobs/parts/combine.hpp"
#include "knobs/parts/isolation.hpp"
#include "knobs/parts/partitions.hpp"

namespace hostlease {

extern const Knob knob_workqueues_affinity;

namespace {
constexpr std::string_view words[] = {"housekeeping"};
constexpr KeySpec keys[] = {{.key = "workqueues.affinity",
                             .words = words,
                             .summary = "CPUs that run the kernel's unbound work: all except the VMs' own",
                             .example = "\"housekeeping\""}};
constexpr std::string_view paths[] = {"/sys/devices/virtual/workqueue/cpumask"};

/// A partition removes its CPUs from the mask by itself; a mask written while it exists would remain when it
/// ends.
void plan(const PlanInput& input, KnobPlan& plan) {
    auto claim = claim_cpus_left(input, keys[0].key, Phase::start, plan);
    if (!claim) return;
    claim->target = FileTarget{"cpumask", std::string(paths[0])};
    if (plans_partitions(input)) claim->condition = Condition::fallback;
    plan.claims.push_back(std::move(*claim));
}
} // namespace

constinit const Knob knob_workqueues_affinity{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::cpu_mask,
    .combine = cpus_left,
    .paths = paths,
    .source = "Documentation/core-api/workqueue.rst and kernel/workqueue.c, 6.12: cpumask is written as "
              "asked, cpumask_requested "
              "keeps it",
    .plan = plan,
    .leaves_cpus = true,
};

} // namespace hostlease
