#include "host/cpu_facts.hpp"

#include "core/parse.hpp"
#include "host/partition_facts.hpp"
#include "host/top_cgroups.hpp"

#include <algorithm>

namespace hostlease {

namespace {
const std::string cgroup_root = "/sys/fs/cgroup";

/// A CPU without reported siblings counts as a core.
Result<std::vector<CpuSet>> read_cores(Host& host, const CpuSet& online) {
    std::vector<CpuSet> cores;
    CpuSet seen;
    for (const unsigned cpu : online.members()) {
        if (seen.contains(cpu)) continue;
        CpuSet core = TRY(host.read_cpu_list("/sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                                             "/topology/thread_siblings_list"));
        core.add(cpu);
        seen |= core;
        cores.push_back(std::move(core));
    }
    return cores;
}

/// Whether slices can keep tasks off CPUs: they cannot if every daemon is in the root cgroup, because the
/// root's CPUs cannot be set.
Result<bool> has_host_cgroups(Host& host, const std::vector<std::string>& names) {
    for (const auto& name : names)
        if (!TRY(is_for_machines(host, name))) return true;
    return false;
}

Result<CgroupFacts> read_cgroups(Host& host) {
    CgroupFacts cgroups;
    const std::string controllers = " " + TRY(host.read_line(cgroup_root + "/cgroup.controllers")) + " ";
    cgroups.has_cpuset = controllers.find(" cpuset ") != std::string::npos;
    if (!cgroups.has_cpuset) return cgroups;
    cgroups.has_remote_partitions = TRY(host.exists(cgroup_root + "/cpuset.cpus.isolated"));
    if (cgroups.has_remote_partitions) cgroups.lost = TRY(lost_cpus(host));
    cgroups.machine_slice = TRY(host.read_cpu_list(cgroup_root + "/machine.slice/cpuset.cpus.effective"));
    // CPUs that inner partitions have taken are not effective here, but still belong to VMs
    cgroups.machine_slice |= TRY(host.read_cpu_list(cgroup_root + "/machine.slice/cpuset.cpus.exclusive"));
    const auto groups = TRY(top_cgroups(host));
    cgroups.has_host_cgroups = TRY(has_host_cgroups(host, groups));
    cgroups.partitions = TRY(top_partitions(host, groups));
    for (auto& name : TRY(host.list_if_present(cgroup_root + "/system.slice")))
        if (name.ends_with(".service")) cgroups.services.push_back(std::move(name));
    return cgroups;
}
} // namespace

Status read_cpu_facts(Host& host, HostFacts& facts) {
    facts.possible = TRY(host.read_cpu_list("/sys/devices/system/cpu/possible"));
    if (facts.possible.empty()) facts.possible = facts.online;
    facts.isolated_at_boot = TRY(cpus_isolated_at_boot(host));
    facts.cores = TRY(read_cores(host, facts.online));
    facts.cgroups = TRY(read_cgroups(host));
    facts.kernel = TRY(host.read_line("/proc/sys/kernel/osrelease"));
    const std::string limit = TRY(host.read_line("/proc/sys/kernel/sched_rt_runtime_us"));
    facts.rt_runtime_us = parse_integer<std::int64_t>(limit).value_or(0);
    return {};
}

} // namespace hostlease
