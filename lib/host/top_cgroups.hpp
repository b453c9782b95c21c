// The first-level cgroups: those whose tasks can be kept off CPUs, those of VMs, and partitions of other
// programs.
#pragma once

#include "host/host.hpp"
#include "model/host_facts.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// Whether the cgroup holds libvirt's VMs, or is the one where libvirt puts them. Its CPUs belong to the VMs.
Result<bool> is_for_machines(Host& host, const std::string& name);

/// Whether this is the name of a systemd unit that has AllowedCPUs.
bool is_unit(const std::string& name);

/// Whether the cgroup may have long-running tasks, unlike mounts, swaps and sockets.
bool may_have_tasks(const std::string& name);

/// The names of the first-level cgroups; empty without the cpuset controller of cgroup v2.
Result<std::vector<std::string>> top_cgroups(Host& host);

/// The first-level cgroups that are partition roots, including those of VMs; hostlease makes none at this
/// level. An invalid partition counts, because it becomes valid when nobody else names its CPUs. A cgroup
/// with exclusive CPUs for partitions inside it counts as well, unless it holds VMs: if systemd is asked to
/// set its CPUs, it disables the controller inside it. Source: cgroup-v2.rst, cpuset.cpus.partition and
/// .exclusive (6.1, 6.12); seen with systemd 252.
Result<std::vector<PartitionFacts>> top_partitions(Host& host, const std::vector<std::string>& names);

/// The CPUs of isolcpus=. Partitions do not change this file. Source: drivers/base/cpu.c,
/// print_cpus_isolated() (6.12); HK_TYPE_DOMAIN_BOOT (7.0).
Result<CpuSet> cpus_isolated_at_boot(Host& host);

/// The CPUs of unrestricted tasks: all possible CPUs except those isolated at boot. Tasks inherit this
/// affinity from PID 1, whatever their cgroup allows. Source: kernel/sched/core.c, sched_init_smp(), and
/// kernel/cgroup/cpuset.c, where an unset cpuset.cpus has the parent's effective CPUs, those isolated at boot
/// among them (6.1, 6.12).
Result<CpuSet> unrestricted_cpus(Host& host);

} // namespace hostlease
