#include "knobs/parts/combine.hpp"
#include "knobs/parts/isolation.hpp"

namespace hostlease {

extern const Knob knob_kernel_watchdog;

namespace {
constexpr std::string_view words[] = {"housekeeping"};
constexpr KeySpec keys[] = {{.key = "kernel.watchdog",
                             .words = words,
                             .summary = "CPUs that the lockup watchdogs monitor: all except the VMs' own",
                             .example = "\"housekeeping\""}};
constexpr std::string_view paths[] = {"/proc/sys/kernel/watchdog_cpumask"};

void plan(const PlanInput& input, KnobPlan& plan) {
    auto claim = claim_cpus_left(input, keys[0].key, Phase::start, plan);
    if (!claim) return;
    claim->target = FileTarget{"watchdog_cpumask", std::string(paths[0])};
    plan.claims.push_back(std::move(*claim));
}
} // namespace

constinit const Knob knob_kernel_watchdog{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = cpus_left,
    .paths = paths,
    .source = "Documentation/admin-guide/sysctl/kernel.rst, 6.12: watchdog_cpumask, a list; offline CPUs are "
              "allowed in it",
    .plan = plan,
    .leaves_cpus = true,
};

} // namespace hostlease
