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

/// The slices that may not use all CPUs, of these units in a cgroup. Those inside one are read as well.
/// systemd starts a slice with the first unit in it: until then its AllowedCPUs= is not known here.
Status add_slices(Host& host, const std::string& cgroup, const std::vector<std::string>& units,
                  const CpuSet& online, std::vector<SliceFacts>& slices) {
    for (const auto& name : units) {
        if (!name.ends_with(".slice")) continue;
        const std::string slice = cgroup + "/" + name;
        CpuSet cpus = TRY(host.read_cpu_list(slice + "/cpuset.cpus.effective"));
        // CPUs that inner partitions have taken are not effective here, but still belong to VMs
        cpus |= TRY(host.read_cpu_list(slice + "/cpuset.cpus.exclusive"));
        if (!cpus.empty() && !online.is_subset_of(cpus)) slices.push_back({name, std::move(cpus)});
        const auto inside = TRY(host.list_if_present(slice));
        TRY_VOID(add_slices(host, slice, inside, online, slices));
    }
    return {};
}

Result<CgroupFacts> read_cgroups(Host& host, const CpuSet& online) {
    CgroupFacts cgroups;
    const std::string controllers = " " + TRY(host.read_line(cgroup_root + "/cgroup.controllers")) + " ";
    cgroups.has_cpuset = controllers.find(" cpuset ") != std::string::npos;
    if (!cgroups.has_cpuset) return cgroups;
    cgroups.has_remote_partitions = TRY(host.exists(cgroup_root + "/cpuset.cpus.isolated"));
    if (cgroups.has_remote_partitions) cgroups.lost = TRY(lost_cpus(host));
    const auto groups = TRY(top_cgroups(host));
    TRY_VOID(add_slices(host, cgroup_root, groups, online, cgroups.slices));
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
    facts.cgroups = TRY(read_cgroups(host, facts.online));
    facts.kernel = TRY(host.read_line("/proc/sys/kernel/osrelease"));
    const std::string limit = TRY(host.read_line("/proc/sys/kernel/sched_rt_runtime_us"));
    facts.rt_runtime_us = parse_integer<std::int64_t>(limit).value_or(0);
    return {};
}

} // namespace hostlease
