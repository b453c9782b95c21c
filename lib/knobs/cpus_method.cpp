#include "knobs/combine.hpp"
#include "knobs/domain_threads.hpp"
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
     .summary = "how the host is kept off: by a cgroup partition for each vCPU, or by the slices of everything else",
     .example = "\"partition\""}};
constexpr std::string_view paths[] = {
    "/sys/fs/cgroup/*/cpuset.cpus.exclusive",     "/sys/fs/cgroup/*/*/cpuset.cpus.exclusive",
    "/sys/fs/cgroup/*/*/*/cpuset.cpus.exclusive", "/sys/fs/cgroup/*/*/*/*/cpuset.cpus.exclusive",
    "/sys/fs/cgroup/*/cpuset.cpus.partition",     "/sys/fs/cgroup/*/*/cpuset.cpus.partition",
    "/sys/fs/cgroup/*/*/*/cpuset.cpus.partition", "/sys/fs/cgroup/*/*/*/*/cpuset.cpus.partition"};

// Targets begin with these: sorted, they put the exclusive CPUs of each cgroup before those of the ones below it, and partitions last.
constexpr std::string_view exclusive = "exclusive ";
constexpr std::string_view partition = "partition ";
constexpr std::string_view cgroup_root = "/sys/fs/cgroup";

Claim claim_of(const PlanInput& input, std::string_view kind, const PinnedThread& vcpu, std::string value) {
    const Setting* method = input.policy.find(keys[0].key);
    const std::string role = "vcpu" + vcpu.name.substr(vcpu.name.rfind(' ') + 1);
    const std::string file = "cpuset.cpus." + std::string(kind.substr(0, kind.size() - 1));
    return {.knob = std::string(keys[0].key),
            .target = std::string(kind) + role,
            .path = std::string(cgroup_root) + "/*/" + role + "/" + file,
            .value = std::move(value),
            .enforce = input.policy.enforcement(keys[0].key),
            .phase = Phase::started,
            .position = (method != nullptr ? method : isolation_setting(input.policy))->position,
            .why = vcpu.name + " is pinned to CPU " + to_list(vcpu.cpus),
            .condition = Condition::partition};
}

void note_unplugged(const PlanInput& input, KnobPlan& plan) {
    const unsigned unplugged = input.domain.vcpus - input.domain.current_vcpus;
    if (unplugged == 0) return;
    plan.notes.note(
        input.policy.find(keys[0].key)->position,
        std::to_string(unplugged) + " of " + std::to_string(input.domain.vcpus) +
            " vCPUs are not plugged in: one that is plugged in later gets no partition, and none of the others' CPUs");
}

void plan(const PlanInput& input, KnobPlan& plan) {
    if (isolated_cpus(input).empty() || !input.facts.cgroups.has_cpuset) return;
    if (plans_partitions(input)) {
        for (const auto& vcpu : vcpu_threads(input.domain)) {
            plan.claims.push_back(claim_of(input, exclusive, vcpu, to_list(vcpu.cpus)));
            plan.claims.push_back(claim_of(input, partition, vcpu, "isolated"));
        }
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

/// The vCPU's CPU must be exclusive all the way down: in machine.slice, shared with other VMs, in the VM's scope, in what is below it.
std::vector<Claim> resolve(const Claim& open, const RunningFacts& running) {
    const bool is_partition = open.target.starts_with(partition);
    const std::string role = open.target.substr(is_partition ? partition.size() : exclusive.size());
    const auto thread = std::find_if(running.threads.begin(), running.threads.end(),
                                     [&](const QemuThread& one) { return one.role == role && !one.cgroup.empty(); });
    if (thread == running.threads.end()) return {};
    const std::string& cgroup = thread->cgroup;
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
    .form = KnobForm::value,
    .combine = combine_must_agree,
    .combining = "each VM has its own; the cgroups above have the CPUs of all",
    .paths = paths,
    .source = "Documentation/admin-guide/cgroup-v2.rst, cpuset.cpus.exclusive and cpuset.cpus.partition, 6.12: remote partitions",
    .plan = plan,
    .combine_for = combine_for,
    .resolve = resolve,
};

} // namespace hostlease
