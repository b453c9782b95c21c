#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/isolation.hpp"
#include "knobs/parts/notes.hpp"
#include "knobs/parts/partitions.hpp"

#include <algorithm>

namespace hostlease {

extern const Knob knob_cpus_method;

namespace {
constexpr std::string_view words[] = {"auto", "partition", "slices"};
constexpr KeySpec keys[] = {
    {.key = "cpus.method",
     .words = words,
     .default_text = "auto",
     .summary =
         "how to keep the host off: cgroup partitions for the VM, or restricted slices for everything else",
     .example = "\"partition\""}};
constexpr std::string_view paths[] = {
    "/sys/fs/cgroup/*/cpuset.cpus.exclusive",     "/sys/fs/cgroup/*/*/cpuset.cpus.exclusive",
    "/sys/fs/cgroup/*/*/*/cpuset.cpus.exclusive", "/sys/fs/cgroup/*/*/*/*/cpuset.cpus.exclusive",
    "/sys/fs/cgroup/*/cpuset.cpus.partition",     "/sys/fs/cgroup/*/*/cpuset.cpus.partition",
    "/sys/fs/cgroup/*/*/*/cpuset.cpus.partition", "/sys/fs/cgroup/*/*/*/*/cpuset.cpus.partition"};

// Prefixes of the targets. In sorted order, the exclusive CPUs of a cgroup come before those of the cgroups
// below it, and the partition of a cgroup before the partitions in it. The kernel requires this order.
constexpr std::string_view exclusive = "exclusive ";
constexpr std::string_view partition = "partition ";
constexpr std::string_view cgroup_root = "/sys/fs/cgroup";
// the parent of the threads' cgroups, by its name since libvirt 7.1
constexpr std::string_view above = "libvirt";

std::string role_of(const PinnedThread& vcpu) { return "vcpu" + std::to_string(vcpu.id); }

Claim claim_of(const PlanInput& input, std::string_view kind, std::string_view role, std::string value,
               std::string why) {
    const Setting* method = input.policy.find(keys[0].key);
    const std::string file = "cpuset.cpus." + std::string(kind.substr(0, kind.size() - 1));
    return claim_for(keys[0].key, (method != nullptr ? method : isolation_setting(input.policy))->position,
                     isolation_method(input.policy) == "partition" ? input.policy.enforcement(keys[0].key)
                                                                   : Enforce::best_effort,
                     {.target = AwaitsQemu{std::string(kind) + std::string(role),
                                           std::string(cgroup_root) + "/*/" + std::string(role) + "/" + file},
                      .value = std::move(value),
                      .phase = Phase::started,
                      .why = std::move(why),
                      .condition = Condition::partition});
}

void claim_partitions(const PlanInput& input, KnobPlan& plan) {
    const CpuSet vcpus = pinned_cpus(input.domain);
    const CpuSet helpers = helper_cpus(input.domain);
    const CpuSet all = vcpus | helpers | idle_cpus(input);
    const std::string why = "reserved for the VM: CPU " + to_list(vcpus) + " of the vCPUs, " +
                            to_list(helpers) + " of QEMU's other threads";
    plan.claims.push_back(claim_of(input, exclusive, above, to_list(all), why));
    plan.claims.push_back(claim_of(input, partition, above, "root", why));
    for (const auto& vcpu : partitioned_vcpus(input.domain)) {
        const std::string pin = vcpu.name() + " is pinned to CPU " + to_list(vcpu.cpus);
        plan.claims.push_back(claim_of(input, exclusive, role_of(vcpu), to_list(vcpu.cpus), pin));
        plan.claims.push_back(claim_of(input, partition, role_of(vcpu), "isolated", pin));
    }
}

void note_unplugged(const PlanInput& input, KnobPlan& plan) {
    const auto later = later_vcpus(input.domain).count();
    if (later == 0) return;
    const CpuSet cpus = input.domain.vcpu_cpus.empty() ? helper_cpus(input.domain) : input.domain.vcpu_cpus;
    plan.notes.note(
        input.policy.find(keys[0].key)->position,
        std::to_string(later) + " of " + std::to_string(input.domain.vcpus) +
            " vCPUs are neither online nor pinned: if hot-plugged, they get no partition and run on CPU " +
            to_list(cpus));
}

void plan(const PlanInput& input, KnobPlan& plan) {
    if (isolated_cpus(input).empty() || !input.facts.cgroups.has_cpuset) return;
    if (plans_partitions(input)) {
        claim_partitions(input, plan);
        note_unplugged(input, plan);
        return;
    }
    if (isolation_method(input.policy) != "partition") return;
    const bool is_required = input.policy.enforcement(keys[0].key) == Enforce::required;
    note_by_enforcement(input, plan, keys[0].key,
                        "cpus.method = \"partition\" is not possible: " + partition_obstacle(input) +
                            (is_required ? "" : "; hostlease uses slices instead"),
                        "correct this, or set cpus.method = \"slices\"");
}

Claim at_cgroup(const Claim& open, std::string_view kind, const std::string& cgroup) {
    Claim claim = open;
    claim.target =
        FileTarget{std::string(kind) + cgroup, std::string(cgroup_root) + cgroup + "/cpuset.cpus." +
                                                   std::string(kind.substr(0, kind.size() - 1))};
    return claim;
}

/// The cgroup of QEMU's thread in this role, or "" if there is none; `above` names the parent of all of them.
std::string cgroup_of(const RunningFacts& running, std::string_view role) {
    const auto thread =
        std::find_if(running.threads.begin(), running.threads.end(), [&](const QemuThread& one) {
            return (one.role == role || role == above) && !one.cgroup.empty();
        });
    if (thread == running.threads.end()) return {};
    return role == above ? thread->cgroup.substr(0, thread->cgroup.rfind('/')) : thread->cgroup;
}

/// CPUs must be exclusive at each level: in machine.slice, which other VMs share, in the VM's scope, and
/// below it. A vCPU that is not plugged in has no cgroup, but the VM keeps its CPU: otherwise libvirt could
/// not pin the vCPU when it is plugged in again.
std::vector<Claim> resolve(const Claim& open, const RunningFacts& running) {
    const std::string name = open.name();
    const bool is_partition = name.starts_with(partition);
    const std::string cgroup =
        cgroup_of(running, name.substr(is_partition ? partition.size() : exclusive.size()));
    if (cgroup.empty()) return {};
    if (is_partition) return {at_cgroup(open, partition, cgroup)};
    std::vector<Claim> claims;
    for (auto end = cgroup.find('/', 1); end != std::string::npos; end = cgroup.find('/', end + 1))
        claims.push_back(at_cgroup(open, exclusive, cgroup.substr(0, end)));
    claims.push_back(at_cgroup(open, exclusive, cgroup));
    return claims;
}

/// The exclusive CPUs of a cgroup are those of every vCPU below it, whichever VM the vCPU belongs to.
CombineFunction combine_for(std::string_view target) {
    return target.starts_with(exclusive) ? combine_cpu_union : combine_must_agree;
}
} // namespace

constinit const Knob knob_cpus_method{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::started,
    .form = KnobForm::cpu_partition,
    .combine = {combine_must_agree, "each VM has its own; the cgroups above them have the CPUs of all VMs"},
    .paths = paths,
    .source = "Documentation/admin-guide/cgroup-v2.rst, cpuset.cpus.exclusive and cpuset.cpus.partition, "
              "6.12: a remote partition, and "
              "local ones in it",
    .plan = plan,
    .combine_for = combine_for,
    .resolve = resolve,
};

} // namespace hostlease
