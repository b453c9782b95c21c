#include "host/cpu_facts.hpp"

#include "core/parse.hpp"
#include "host/partition_facts.hpp"
#include "host/top_cgroups.hpp"

#include <algorithm>

namespace hostlease {

namespace {
const std::string cgroup_root = "/sys/fs/cgroup";

/// The text without blanks at its ends, "" when there is no such file.
Result<std::string> read_line(Host& host, const std::string& path) {
    const auto text = host.read(path);
    if (!text && is_missing(text.error())) return std::string{};
    TRY_VOID(text);
    return std::string(trim(*text));
}

Result<CpuSet> read_cpus(Host& host, const std::string& path) {
    auto cpus = parse_cpu_list(TRY(read_line(host, path)));
    if (!cpus) return fail_io(cpus.error().message, path, 0);
    return cpus;
}

/// A CPU whose siblings are not told is a core of its own.
Result<std::vector<CpuSet>> read_cores(Host& host, const CpuSet& online) {
    std::vector<CpuSet> cores;
    CpuSet seen;
    for (const unsigned cpu : online.members()) {
        if (seen.contains(cpu)) continue;
        CpuSet core =
            TRY(read_cpus(host, "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list"));
        core.add(cpu);
        seen |= core;
        cores.push_back(std::move(core));
    }
    return cores;
}

Result<bool> exists(Host& host, const std::string& path) {
    const auto status = host.status(path);
    if (!status && is_missing(status.error())) return false;
    TRY_VOID(status);
    return true;
}

/// Whether slices have anything to keep off CPUs: not where every daemon is in the root cgroup, which has no
/// CPUs to be set.
Result<bool> has_host_cgroups(Host& host, const std::vector<std::string>& names) {
    for (const auto& name : names)
        if (!TRY(is_for_machines(host, name))) return true;
    return false;
}

Result<CgroupFacts> read_cgroups(Host& host) {
    CgroupFacts cgroups;
    const std::string controllers = " " + TRY(read_line(host, cgroup_root + "/cgroup.controllers")) + " ";
    cgroups.has_cpuset = controllers.find(" cpuset ") != std::string::npos;
    if (!cgroups.has_cpuset) return cgroups;
    cgroups.has_remote_partitions = TRY(exists(host, cgroup_root + "/cpuset.cpus.isolated"));
    if (cgroups.has_remote_partitions) cgroups.lost = TRY(lost_cpus(host));
    cgroups.machine_slice = TRY(read_cpus(host, cgroup_root + "/machine.slice/cpuset.cpus.effective"));
    // what partitions inside have taken is not among the effective ones, and is VMs' all the same
    cgroups.machine_slice |= TRY(read_cpus(host, cgroup_root + "/machine.slice/cpuset.cpus.exclusive"));
    const auto groups = TRY(top_cgroups(host));
    cgroups.has_host_cgroups = TRY(has_host_cgroups(host, groups));
    cgroups.partitions = TRY(top_partitions(host, groups));
    const auto names = host.list(cgroup_root + "/system.slice");
    if (!names && is_missing(names.error())) return cgroups;
    TRY_VOID(names);
    std::copy_if(names->begin(), names->end(), std::back_inserter(cgroups.services),
                 [](const std::string& name) { return name.ends_with(".service"); });
    return cgroups;
}
} // namespace

Status read_cpu_facts(Host& host, HostFacts& facts) {
    facts.possible = TRY(read_cpus(host, "/sys/devices/system/cpu/possible"));
    if (facts.possible.empty()) facts.possible = facts.online;
    facts.isolated_at_boot = TRY(cpus_isolated_at_boot(host));
    facts.cores = TRY(read_cores(host, facts.online));
    facts.cgroups = TRY(read_cgroups(host));
    facts.kernel = TRY(read_line(host, "/proc/sys/kernel/osrelease"));
    const std::string limit = TRY(read_line(host, "/proc/sys/kernel/sched_rt_runtime_us"));
    facts.rt_runtime_us = parse_integer<std::int64_t>(limit).value_or(0);
    return {};
}

} // namespace hostlease
