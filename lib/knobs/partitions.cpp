#include "knobs/partitions.hpp"

#include "knobs/domain_threads.hpp"
#include "knobs/isolation.hpp"

#include <algorithm>

namespace hostlease {

namespace {
/// vCPUs that are not plugged in have no thread and no cgroup yet: one that is plugged in later could have neither a partition nor the CPUs
/// of the others', so that only who asks for partitions gets them. libvirt plugs in the first ones; where <vcpus> says otherwise, a cgroup
/// is missing when QEMU runs, and the slices are used. Source: qemuProcessSetupVcpus and virDomainVcpuParse, libvirt 9.0.
std::string plug_obstacle(const PlanInput& input) {
    const Domain& domain = input.domain;
    if (domain.current_vcpus == domain.vcpus) return {};
    if (isolation_method(input.policy) != "partition")
        return std::to_string(domain.vcpus - domain.current_vcpus) + " of " + std::to_string(domain.vcpus) +
               " vCPUs are not plugged in (cpus.method = \"partition\" leaves those out)";
    const auto pinned = std::find_if(domain.vcpu_pins.begin(), domain.vcpu_pins.end(),
                                     [&](const Pin& pin) { return pin.id >= domain.current_vcpus; });
    return pinned == domain.vcpu_pins.end() ? "" : "vCPU " + std::to_string(pinned->id) + " is pinned, and not plugged in";
}

/// A partition does no load balancing: a vCPU that shares its CPU, or has two, would stay wherever it last ran.
std::string pin_obstacle(const Domain& domain) {
    const auto vcpus = vcpu_threads(domain);
    if (vcpus.size() < domain.current_vcpus)
        return std::to_string(domain.current_vcpus - vcpus.size()) + " of " + std::to_string(domain.current_vcpus) +
               " vCPUs are not pinned by a <vcpupin> each";
    CpuSet taken;
    for (const auto& vcpu : vcpus) {
        if (vcpu.cpus.count() != 1) return vcpu.text() + " is pinned to more than one CPU, " + to_list(vcpu.cpus);
        if (taken.intersects(vcpu.cpus)) return vcpu.text() + " shares CPU " + to_list(vcpu.cpus) + " with another vCPU";
        taken |= vcpu.cpus;
    }
    return {};
}

/// The kernel refuses to take all of a sibling's CPUs for a partition. What a sibling has besides, it keeps.
std::string helper_obstacle(const Domain& domain) {
    const auto vcpus = vcpu_threads(domain);
    for (const auto& helper : helper_threads(domain)) {
        const auto robbed =
            std::find_if(vcpus.begin(), vcpus.end(), [&](const auto& vcpu) { return helper.cpus.is_subset_of(vcpu.cpus); });
        if (robbed != vcpus.end())
            return helper.text() + " is pinned to CPU " + to_list(helper.cpus) + ", the one of " + robbed->name;
    }
    return {};
}
} // namespace

std::string isolation_method(const Policy& policy) {
    const Setting* setting = policy.find("cpus.method");
    return setting == nullptr ? "auto" : setting->plain();
}

std::string partition_obstacle(const PlanInput& input) {
    if (!input.facts.cgroups.has_remote_partitions)
        return "this kernel makes no partitions inside a VM's cgroup, as Linux 6.7 and newer do";
    if (!input.facts.isolated_at_boot.empty())
        return "this host is booted with isolcpus=" + to_list(input.facts.isolated_at_boot) +
               ", and each partition that begins or ends lets the kernel move the host's tasks onto those";
    if (auto obstacle = plug_obstacle(input); !obstacle.empty()) return obstacle;
    if (auto obstacle = pin_obstacle(input.domain); !obstacle.empty()) return obstacle;
    const CpuSet isolated = isolated_cpus(input);
    const CpuSet pinned = pinned_cpus(input.domain);
    if (isolated != pinned) return "cpus.isolate is " + to_list(isolated) + ", and the vCPUs are pinned to " + to_list(pinned);
    return helper_obstacle(input.domain);
}

bool plans_partitions(const PlanInput& input) {
    return input.facts.cgroups.has_cpuset && !isolated_cpus(input).empty() && isolation_method(input.policy) != "slices" &&
           partition_obstacle(input).empty();
}

} // namespace hostlease
