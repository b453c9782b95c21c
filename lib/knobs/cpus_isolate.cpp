#include "core/parse.hpp"
#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/isolation.hpp"
#include "knobs/parts/partitions.hpp"
#include "knobs/parts/pinned.hpp"

namespace hostlease {

extern const Knob knob_cpus_isolate;

namespace {
constexpr std::string_view isolate_words[] = {"pinned", "none"};
constexpr std::string_view sibling_words[] = {"warn", "allow", "error"};
constexpr KeySpec keys[] = {
    {.key = "cpus.isolate",
     .kinds = a_cpu_list,
     .words = isolate_words,
     .summary = "CPUs that the host leaves to the VM; \"pinned\" if the table has any other key",
     .example = "\"pinned\""},
    {.key = "cpus.housekeeping_min_cores",
     .kinds = an_integer,
     .minimum = 1,
     .maximum = 4096,
     .default_text = "1",
     .summary = "refuse the lease if it leaves the host fewer whole cores than this"},
    {.key = "cpus.keep_siblings",
     .words = sibling_words,
     .default_text = "warn",
     .summary = "how to report a core whose hardware threads are split between the VM and the host"}};
constexpr std::string_view paths[] = {"/sys/fs/cgroup/*/cpuset.cpus"};

void note(const PlanInput& input, const Setting& setting, std::string message, std::string hint,
          KnobPlan& plan) {
    plan.notes.add(severity_of(input.policy.enforcement(keys[0].key)), setting.position, std::move(message),
                   std::move(hint));
}

/// Claims a limit that other leases must respect; it is never written to the host.
void claim_limit(const PlanInput& input, const SourcePosition& position, LimitKind kind, std::string value,
                 std::string why, KnobPlan& plan) {
    if (value.empty()) return;
    plan.claims.push_back(claim_for(
        keys[0].key, position, input.policy.enforcement(keys[0].key),
        {.target = Limit{kind}, .value = std::move(value), .phase = Phase::prepare, .why = std::move(why)}));
}

/// Before Linux 6.2, a change of a cpuset sets the CPUs of each task in it and ignores what taskset(1) or a
/// unit's CPUAffinity= set.
bool forgets_affinities(std::string_view kernel) {
    const auto dot = kernel.find('.');
    const auto major = parse_integer<unsigned>(kernel.substr(0, dot));
    if (dot == std::string_view::npos || !major) return false;
    const auto minor = kernel.substr(dot + 1);
    const auto number = parse_integer<unsigned>(minor.substr(0, minor.find_first_not_of("0123456789")));
    return *major < 6 || (*major == 6 && number && *number < 2);
}

/// On hosts without systemd, every daemon may be in the root cgroup; then there is no slice to
/// restrict.
void note_missing_cgroups(const PlanInput& input, const Setting& setting, const CpuSet& isolated,
                          bool partitioned, KnobPlan& plan) {
    if (input.facts.cgroups.has_host_cgroups) return;
    const std::string message = "hostlease cannot keep the host off CPU " + to_list(isolated) +
                                (partitioned ? " until partitions do" : "") +
                                ": the root cgroup has no children except the VMs', and tasks in the root "
                                "cgroup itself cannot be restricted";
    const std::string hint =
        "run the host's services in their own cgroups, as systemd does, or isolate the CPUs with isolcpus=";
    if (partitioned)
        plan.notes.warning(setting.position, message, hint);
    else
        note(input, setting, message, hint, plan);
}

/// Notes what remains of a lease on a host with isolcpus=; see lib/engine/forms/unit_cpus.cpp.
void note_boot_isolation(const PlanInput& input, const Setting& setting, KnobPlan& plan) {
    const CpuSet& boot = input.facts.isolated_at_boot;
    if (boot.empty()) return;
    plan.notes.note(setting.position,
                    "this host was booted with isolcpus=" + to_list(boot) +
                        ": afterwards its slices keep AllowedCPUs= without these CPUs until the next boot, "
                        "because the kernel would otherwise move tasks onto them");
}

void claim_slices(const PlanInput& input, const Setting& setting, const CpuSet& isolated, KnobPlan& plan) {
    const CpuSet left = input.facts.possible - isolated;
    if (left.empty()) return; // refused: no housekeeping core is left
    const bool partitioned = plans_partitions(input);
    note_missing_cgroups(input, setting, isolated, partitioned, plan);
    note_boot_isolation(input, setting, plan);
    std::string why = "keeps the host off CPU " + to_list(isolated);
    if (partitioned)
        why += " until partitions do";
    else if (isolation_method(input.policy) == "auto")
        why += "; no partitions: " + partition_obstacle(input);
    if (forgets_affinities(input.facts.kernel))
        plan.notes.note(setting.position,
                        "after the lease, this kernel (" + input.facts.kernel +
                            ") does not return host tasks to the CPUs that they were bound to",
                        "if taskset(1) or CPUAffinity= matters, use Linux 6.2 or newer, or bind the tasks "
                        "again after the VM stops");
    plan.claims.push_back(
        claim_for(keys[0].key, setting.position, input.policy.enforcement(keys[0].key),
                  {.target = EveryTarget{"/sys/fs/cgroup/*/cpuset.cpus"},
                   .value = to_list(left),
                   .why = std::move(why),
                   .condition = partitioned ? Condition::unless_partitioned : Condition::always}));
}

/// Whether <resource><partition> puts the VM below /machine: slices exempt machine.slice alone.
bool is_below_machine(const Domain& domain) {
    return domain.partition.empty() || domain.partition == "/machine" ||
           domain.partition.starts_with("/machine/");
}

void plan_slices(const PlanInput& input, const Setting& setting, const CpuSet& isolated, KnobPlan& plan) {
    const std::string cpus = to_list(isolated);
    if (!input.facts.cgroups.has_cpuset)
        note(input, setting,
             "CPU " + cpus +
                 " cannot be isolated: this host does not have cgroup v2 with the cpuset controller",
             "boot the host with systemd.unified_cgroup_hierarchy=1, or set cpus.isolate = \"none\"", plan);
    else if (is_below_machine(input.domain))
        claim_slices(input, setting, isolated, plan);
    else if (!plans_partitions(input))
        note(input, setting,
             "CPU " + cpus + " cannot be isolated: the VM is in the partition " + input.domain.partition +
                 ", but slices exempt only VMs in /machine",
             "set <resource><partition> to a path below /machine, or pin each vCPU to its own CPU to get "
             "cgroup partitions",
             plan);
}

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = isolation_setting(input.policy);
    if (setting == nullptr) return;
    const CpuSet isolated = isolated_cpus(input);
    const Setting* own = input.policy.find(keys[0].key);
    claim_limit(input, setting->position, LimitKind::pinned, to_list(pinned_cpus(input.domain)),
                "the vCPUs are pinned to them", plan);
    claim_limit(input, setting->position, LimitKind::helpers, to_list(helper_cpus(input.domain)),
                "QEMU's other threads are pinned to them", plan);
    if (isolated.empty()) {
        const bool is_none = own != nullptr && own->plain() == "none";
        if (!is_none && !is_refused_a_place(input))
            note(input, *setting, "cpus.isolate has no effect: the domain's vCPUs are not pinned",
                 hint_to_pin(input, "add <vcpupin> elements to <cputune>, or name CPUs in cpus.isolate"),
                 plan);
        return;
    }
    claim_limit(input, setting->position, LimitKind::isolated, to_list(isolated), "reserved for the VM",
                plan);
    if (const Setting* minimum = input.policy.find(keys[1].key); minimum != nullptr)
        claim_limit(input, minimum->position, LimitKind::housekeeping_cores, minimum->plain(),
                    "kept for the host", plan);
    plan_slices(input, *setting, isolated, plan);
}

/// The CPUs that tasks have inherited limit a cgroup as well; only their effect is restored.
Combined combine(std::string_view baseline, std::span<const std::string> claims) {
    return combine_cpus_left(without_mark(baseline), claims);
}

bool is_same(std::string_view found, std::string_view wanted) {
    return found == wanted ||
           (!found.ends_with(inherited_mark) && without_mark(found) == without_mark(wanted));
}
} // namespace

constinit const Knob knob_cpus_isolate{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::unit_cpus,
    .combine = {combine, cpus_left.words},
    .paths = paths,
    .source = "systemd.resource-control(5), AllowedCPUs, 252 to 257; "
              "Documentation/admin-guide/cgroup-v2.rst, cpuset.cpus, 6.12",
    .plan = plan,
    .leaves_cpus = true,
    .same = is_same,
};

} // namespace hostlease
