#include "core/parse.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/isolation.hpp"
#include "knobs/parts/notes.hpp"
#include "knobs/parts/partitions.hpp"

#include <utility>

namespace hostlease {

extern const Knob knob_kthreads_affinity;

namespace {
constexpr std::string_view words[] = {"housekeeping"};
constexpr KeySpec keys[] = {
    {.key = "kthreads.affinity",
     .words = words,
     .summary = "CPUs of the kernel's unbound threads before Linux 6.7: all except the VMs' own",
     .example = "\"housekeeping\""}};
constexpr std::string_view paths[] = {"/proc/*"};

/// The first two numbers of a release such as "6.1.0-50-amd64"; zeros if it does not begin with numbers.
std::pair<unsigned, unsigned> version_of(std::string_view release) {
    const auto dot = std::min(release.find('.'), release.size());
    const auto rest = release.substr(std::min(dot + 1, release.size()));
    const auto minor = rest.substr(0, rest.find_first_not_of("0123456789"));
    return {parse_integer<unsigned>(release.substr(0, dot)).value_or(0),
            parse_integer<unsigned>(minor).value_or(0)};
}

/// On newer kernels, partitions do this instead, if the policy asks for them.
void note_of_new_kernel(const PlanInput& input, const Setting& setting, KnobPlan& plan) {
    const std::string message = "kthreads.affinity has no effect on Linux " + input.facts.kernel +
                                ": from 6.7 on, partitions keep kernel threads off isolated CPUs";
    const std::string hint =
        "isolate the CPUs with cpus.method = \"partition\", and remove this key from the policy";
    if (plans_partitions(input))
        plan.notes.warning(setting.position, message, hint);
    else
        note_by_enforcement(input, plan, keys[0].key, message, hint);
}

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr) return;
    if (version_of(input.facts.kernel) >= std::pair(6U, 7U)) return note_of_new_kernel(input, *setting, plan);
    auto claim = claim_cpus_left(input, keys[0].key, Phase::start, plan);
    if (!claim) return;
    claim->target = EveryTarget{std::string(paths[0])};
    plan.claims.push_back(std::move(*claim));
}

/// A thread that is bound to one CPU serves that CPU.
Combined combine(std::string_view baseline, std::span<const std::string> claims) {
    const auto cpus = parse_cpu_list(baseline);
    if (!cpus || cpus->count() == 1) return {std::string(baseline), Agreement::full};
    return combine_cpus_left(baseline, claims);
}
} // namespace

constinit const Knob knob_kthreads_affinity{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::kernel_thread,
    .combine = {combine, cpus_left.words},
    .paths = paths,
    .source = "proc(5), flags of /proc/PID/stat; kernel/kthread.c and include/linux/sched.h, 6.1: "
              "PF_KTHREAD, PF_NO_SETAFFINITY",
    .plan = plan,
    .exactness = Exactness::where_possible,
    .leaves_cpus = true,
};

} // namespace hostlease
