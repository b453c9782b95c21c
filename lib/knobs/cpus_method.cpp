#include "knobs/combine.hpp"
#include "knobs/isolation.hpp"
#include "knobs/partitions.hpp"

#include <algorithm>

namespace hostlease {

extern const Knob knob_cpus_method;

namespace {
constexpr std::string_view words[] = {"auto", "partition", "slices"};
constexpr KeySpec keys[] = {
    {.key = "cpus.method",
     .words = words,
     .default_text = "auto",
     .summary = "how the host is kept off: by cgroup partitions of the VM's own, or by the slices of everything else",
     .example = "\"partition\""}};
constexpr std::string_view paths[] = {
    "/sys/fs/cgroup/*/cpuset.cpus.exclusive",     "/sys/fs/cgroup/*/*/cpuset.cpus.exclusive",
    "/sys/fs/cgroup/*/*/*/cpuset.cpus.exclusive", "/sys/fs/cgroup/*/*/*/*/cpuset.cpus.exclusive",
    "/sys/fs/cgroup/*/cpuset.cpus.partition",     "/sys/fs/cgroup/*/*/cpuset.cpus.partition",
    "/sys/fs/cgroup/*/*/*/cpuset.cpus.partition", "/sys/fs/cgroup/*/*/*/*/cpuset.cpus.partition"};

// Targets begin with these: sorted, they put the exclusive CPUs of each cgroup before those of the ones below it, and then the partition of
// a cgroup before the ones in it. The kernel wants them in that order.
constexpr std::string_view exclusive = "exclusive ";
constexpr std::string_view partition = "partition ";
constexpr std::string_view cgroup_root = "/sys/fs/cgroup";
constexpr std::string_view above = "libvirt"; // the cgroup above those of the threads; its name since libvirt 7.1

std::string role_of(const PinnedThread& vcpu) { return "vcpu" + std::to_string(vcpu.id); }

Claim claim_of(const PlanInput& input, std::string_view kind, std::string_view role, std::string value, std::string why) {
    const Setting* method = input.policy.find(keys[0].key);
    const std::string file = "cpuset.cpus." + std::string(kind.substr(0, kind.size() - 1));
    return {.knob = std::string(keys[0].key),
            .target = std::string(kind) + std::string(role),
            .path = std::string(cgroup_root) + "/*/" + std::string(role) + "/" + file,
            .value = std::move(value),
            // "auto" is content with slices
            .enforce =
                isolation_method(input.policy) == "partition" ? input.policy.enforcement(keys[0].key) : Enforce::best_effort,
            .phase = Phase::started,
            .position = (method != nullptr ? method : isolation_setting(input.policy))->position,
            .why = std::move(why),
            .condition = Condition::partition};
}

void claim_partitions(const PlanInput& input, KnobPlan& plan) {
    const CpuSet vcpus = pinned_cpus(input.domain);
    const CpuSet helpers = helper_cpus(input.domain);
    const std::string why =
        "the VM's own: CPU " + to_list(vcpus) + " of the vCPUs, " + to_list(helpers) + " of QEMU's other threads";
    plan.claims.push_back(claim_of(input, exclusive, above, to_list(vcpus | helpers), why));
    plan.claims.push_back(claim_of(input, partition, above, "root", why));
    for (const auto& vcpu : partitioned_vcpus(input.domain)) {
        const std::string pin = vcpu.name + " is pinned to CPU " + to_list(vcpu.cpus);
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
            " vCPUs are neither plugged in nor pinned: one that is plugged in later gets no partition, and runs on CPU " +
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
    const auto& position = input.policy.find(keys[0].key)->position;
    const std::string message = "cpus.method = \"partition\" is not possible: " + partition_obstacle(input);
    if (input.policy.enforcement(keys[0].key) == Enforce::required)
        plan.notes.error(position, message, "mend that, or set cpus.method = \"slices\"");
    else
        plan.notes.warning(position, message + "; slices are used instead", "mend that, or set cpus.method = \"slices\"");
}

Claim at_cgroup(const Claim& open, std::string_view kind, const std::string& cgroup) {
    Claim claim = open;
    claim.target = std::string(kind) + cgroup;
    claim.path = std::string(cgroup_root) + cgroup + "/cpuset.cpus." + std::string(kind.substr(0, kind.size() - 1));
    return claim;
}

/// The cgroup of QEMU's thread in this role, "" when there is none; `above` is the one that has all of them.
std::string cgroup_of(const RunningFacts& running, std::string_view role) {
    const auto thread = std::find_if(running.threads.begin(), running.threads.end(), [&](const QemuThread& one) {
        return (one.role == role || role == above) && !one.cgroup.empty();
    });
    if (thread == running.threads.end()) return {};
    return role == above ? thread->cgroup.substr(0, thread->cgroup.rfind('/')) : thread->cgroup;
}

/// CPUs must be exclusive all the way down: in machine.slice, shared with other VMs, in the VM's scope, in what is below it. A vCPU that is not
/// plugged in has no cgroup; its CPU stays the VM's, or libvirt could not pin it when it is plugged in again.
std::vector<Claim> resolve(const Claim& open, const RunningFacts& running) {
    const bool is_partition = open.target.starts_with(partition);
    const std::string cgroup = cgroup_of(running, open.target.substr(is_partition ? partition.size() : exclusive.size()));
    if (cgroup.empty()) return {};
    if (is_partition) return {at_cgroup(open, partition, cgroup)};
    std::vector<Claim> claims;
    for (auto end = cgroup.find('/', 1); end != std::string::npos; end = cgroup.find('/', end + 1))
        claims.push_back(at_cgroup(open, exclusive, cgroup.substr(0, end)));
    claims.push_back(at_cgroup(open, exclusive, cgroup));
    return claims;
}

/// A cgroup's exclusive CPUs are those of every vCPU below it, of whichever VM.
Combine combine_for(std::string_view target) { return target.starts_with(exclusive) ? combine_cpu_union : combine_must_agree; }
} // namespace

constinit const Knob knob_cpus_method{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::started,
    .form = KnobForm::cpu_partition,
    .combine = combine_must_agree,
    .combining = "each VM has its own; the cgroups above have the CPUs of all",
    .paths = paths,
    .source =
        "Documentation/admin-guide/cgroup-v2.rst, cpuset.cpus.exclusive and cpuset.cpus.partition, 6.12: a remote partition, and "
        "local ones in it",
    .plan = plan,
    .combine_for = combine_for,
    .resolve = resolve,
};

} // namespace hostlease
