#include "knobs/parts/partitions.hpp"

#include "core/parse.hpp"
#include "knobs/parts/housekeeping.hpp"
#include "knobs/parts/isolation.hpp"
#include "knobs/parts/placed.hpp"

#include <algorithm>

namespace hostlease {

namespace {
/// vCPUs that are not plugged in have no thread and no cgroup yet. A vCPU with a vcpupin gets its partition
/// when it is plugged in. A vCPU without one would share the CPUs of other threads, so its VM gets partitions
/// only on request. libvirt plugs in the first ones. Source: qemuProcessSetupVcpus and virDomainVcpuParse,
/// libvirt 9.0.
std::string plug_obstacle(const PlanInput& input) {
    const auto later = later_vcpus(input.domain).count();
    if (later == 0 || isolation_method(input.policy) == "partition") return {};
    return std::to_string(later) + " of " + std::to_string(input.domain.vcpus) +
           (later == 1 ? " vCPUs is" : " vCPUs are") +
           " neither online nor pinned (cpus.method = \"partition\" ignores them)";
}

/// A partition does no load balancing: a vCPU that shares its CPU, or has two CPUs, would stay wherever it
/// last ran.
std::string pin_obstacle(const Domain& domain) {
    const auto vcpus = partitioned_vcpus(domain);
    const auto expected = domain.vcpus - later_vcpus(domain).count();
    if (vcpus.size() < expected)
        return std::to_string(expected - vcpus.size()) + " of " + std::to_string(domain.current_vcpus) +
               (expected - vcpus.size() == 1 ? " vCPUs has" : " vCPUs have") + " no <vcpupin>";
    CpuSet taken;
    for (const auto& vcpu : vcpus) {
        if (vcpu.cpus.count() != 1)
            return vcpu.text() + " is pinned to more than one CPU, " + to_list(vcpu.cpus);
        if (taken.intersects(vcpu.cpus))
            return vcpu.text() + " shares CPU " + to_list(vcpu.cpus) + " with another vCPU";
        taken |= vcpu.cpus;
    }
    return {};
}

/// The kernel does not make a partition of a CPU that is in a sibling's cpuset.cpus, and the emulator needs
/// another CPU. Source: validate_change and cpusets_are_exclusive of kernel/cgroup/cpuset.c (6.12).
std::string helper_obstacle(const Domain& domain) {
    const CpuSet vcpus = pinned_cpus(domain);
    const auto helpers = helper_threads(domain);
    if (helpers.empty() || helpers.front().role != ThreadRole::emulator)
        return "the emulator is not pinned to its own CPUs";
    for (const auto& helper : helpers)
        if (const CpuSet shared = helper.cpus & vcpus; !shared.empty())
            return helper.text() + " is pinned to CPU " + to_list(shared) + ", which belongs to a vCPU";
    return {};
}

/// The CPUs of the emulator become exclusive to the VM; other VMs that are pinned to them could not start, or
/// would be moved off them.
std::string sharing_obstacle(const PlanInput& input) {
    const CpuSet helpers = helper_cpus(input.domain);
    const auto shared_with = [&](const CpuSet& cpus, const std::string& whose) {
        const CpuSet shared = helpers & cpus;
        return shared.empty()
                   ? ""
                   : "CPU " + to_list(shared) + " of the emulator or an I/O thread is also used by " + whose;
    };
    for (const auto& lease : input.others)
        if (auto text = shared_with(leased_cpus(lease).all(), "VM '" + lease.domain + "'"); !text.empty())
            return text;
    const CpuSet all = helpers | isolated_cpus(input);
    for (const auto& unit : input.facts.cgroups.machine) {
        if (!unit.cpus.empty() && unit.cpus.is_subset_of(all))
            return unit.name + " may run on CPU " + to_list(unit.cpus) +
                   " only, and the kernel does not take that CPU away";
        if (auto text = shared_with(unit.bound_cpus(), unit.name); !text.empty()) return text;
    }
    return {};
}

/// The host loses the emulator's CPUs as well.
std::string housekeeping_obstacle(const PlanInput& input) {
    const CpuSet helpers = helper_cpus(input.domain);
    const CpuSet taken = isolated_cpus(input) | taken_by_others(input) | helpers;
    const auto left = whole_cores_without(input.facts, taken);
    const CoreLimit limit = least_cores(input);
    if (input.facts.online.empty() || left >= limit.cores) return {};
    return "CPU " + to_list(helpers) +
           " of the emulator would belong only to the VM, which leaves the host " + std::to_string(left) +
           " of " + std::to_string(cores_of(input.facts).size()) + " cores, but at least " +
           std::to_string(limit.cores) + " must stay" + limit.asked_by;
}
} // namespace

std::string isolation_method(const Policy& policy) {
    const Setting* setting = policy.find("cpus.method");
    return setting == nullptr ? "auto" : setting->plain();
}

CpuSet later_vcpus(const Domain& domain) { return vcpus_without_pin(domain) - present_vcpus(domain); }

std::vector<PinnedThread> partitioned_vcpus(const Domain& domain) {
    auto vcpus = vcpu_threads(domain);
    const CpuSet later = later_vcpus(domain);
    std::erase_if(vcpus, [&](const PinnedThread& vcpu) { return later.contains(vcpu.id); });
    return vcpus;
}

CpuSet helper_cpus(const Domain& domain) {
    CpuSet cpus;
    for (const auto& helper : helper_threads(domain))
        cpus |= helper.cpus;
    return cpus - pinned_cpus(domain);
}

namespace {
std::string find_obstacle(const PlanInput& input) {
    const CgroupFacts& cgroups = input.facts.cgroups;
    if (!cgroups.has_remote_partitions)
        return "this kernel does not support partitions inside a VM's cgroup (Linux 6.7 and newer do)";
    if (!input.facts.isolated_at_boot.empty())
        return "this host was booted with isolcpus=" + to_list(input.facts.isolated_at_boot) +
               ", and whenever a partition begins or ends, the kernel moves host tasks onto those CPUs";
    if (!cgroups.lost.empty()) return lost_cpus_text(cgroups.lost);
    if (auto obstacle = pin_obstacle(input.domain); !obstacle.empty()) return obstacle;
    if (auto obstacle = plug_obstacle(input); !obstacle.empty()) return obstacle;
    const CpuSet isolated = isolated_cpus(input);
    const CpuSet pinned = pinned_cpus(input.domain);
    if (isolated != (pinned | idle_cpus(input)))
        return "cpus.isolate is " + to_list(isolated) + ", but the vCPUs are pinned to " + to_list(pinned);
    if (auto obstacle = helper_obstacle(input.domain); !obstacle.empty()) return obstacle;
    if (auto obstacle = sharing_obstacle(input); !obstacle.empty()) return obstacle;
    return housekeeping_obstacle(input);
}
} // namespace

std::string partition_obstacle(const PlanInput& input) {
    if (!input.partition_obstacle) input.partition_obstacle = find_obstacle(input);
    return *input.partition_obstacle;
}

bool plans_partitions(const PlanInput& input) {
    return input.facts.cgroups.has_cpuset && !isolated_cpus(input).empty() &&
           isolation_method(input.policy) != "slices" && partition_obstacle(input).empty();
}

namespace {
bool has_partitions(const Lease& lease) {
    return lease.isolation != Isolation::fallen_back && lease.state < LeaseState::ending;
}

/// The part that an open claim on exclusive CPUs adds to; nullptr for any other claim.
template <typename Cpus>
CpuSet* exclusive_part(const AwaitsQemu& open, Cpus& cpus) {
    if (!open.name.starts_with("exclusive ")) return nullptr;
    return open.name == exclusive_above ? &cpus.helpers : &cpus.vcpus;
}
} // namespace

PartitionCpus partition_cpus(const Lease& lease) {
    PartitionCpus cpus;
    if (!has_partitions(lease)) return cpus;
    for (const auto& claim : lease.claims) {
        const auto* open = std::get_if<AwaitsQemu>(&claim.target);
        if (claim.condition != Condition::partition || open == nullptr) continue;
        cpus.required = cpus.required || claim.enforce == Enforce::required;
        if (CpuSet* part = exclusive_part(*open, cpus); part != nullptr)
            *part |= parse_cpu_list(claim.value).value_or(CpuSet{});
    }
    cpus.helpers -= cpus.vcpus;
    return cpus;
}

namespace {
/// Where the CPUs of a claim belong; nullptr if it has none. With hundreds of leases each one is read once.
CpuSet* part_for(const Claim& claim, bool is_partitioned, LeasedCpus& cpus) {
    if (const auto* limit = std::get_if<Limit>(&claim.target)) {
        const bool is_of_vcpus = limit->kind == LimitKind::pinned || limit->kind == LimitKind::isolated ||
                                 limit->kind == LimitKind::idle;
        return is_of_vcpus ? &cpus.vcpus : limit->kind == LimitKind::helpers ? &cpus.helpers : nullptr;
    }
    const auto* open = std::get_if<AwaitsQemu>(&claim.target);
    if (open == nullptr) return nullptr;
    if (claim.knob == place_key)
        return open->name == place_emulator || open->name == place_iothreads ? &cpus.helpers : &cpus.vcpus;
    return claim.condition == Condition::partition && is_partitioned ? exclusive_part(*open, cpus) : nullptr;
}
} // namespace

LeasedCpus leased_cpus(const Lease& lease) {
    LeasedCpus cpus;
    const bool is_partitioned = has_partitions(lease);
    for (const auto& claim : lease.claims) {
        if (CpuSet* part = part_for(claim, is_partitioned, cpus); part != nullptr)
            *part |= parse_cpu_list(claim.value).value_or(CpuSet{});
        if (!is_partitioned || claim.condition != Condition::partition) continue;
        const auto* open = std::get_if<AwaitsQemu>(&claim.target);
        cpus.are_exclusive = cpus.are_exclusive || (open != nullptr && open->name == exclusive_above);
        cpus.is_required = cpus.is_required || claim.enforce == Enforce::required;
    }
    cpus.helpers -= cpus.vcpus;
    return cpus;
}

bool is_home_of(const Domain& domain, const PartitionFacts& partition) {
    const std::string top = domain.partition.substr(0, domain.partition.find('/', 1));
    return !top.empty() &&
           (partition.name == top.substr(1) + ".slice" || partition.name == top.substr(1) + ".partition");
}

bool gives_way(const Lease& lease, const CpuSet& pinned) {
    const PartitionCpus cpus = partition_cpus(lease);
    return !cpus.required && cpus.helpers.intersects(pinned);
}

} // namespace hostlease
