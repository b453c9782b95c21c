// The cgroups of the first level: those whose tasks can be kept off CPUs, those of VMs, and other programs'
// partitions.
#pragma once

#include "host/host.hpp"
#include "model/host_facts.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// Whether libvirt's VMs are in the cgroup, or it is the one that libvirt puts them in: the CPUs of these are
/// the VMs' business.
Result<bool> is_for_machines(Host& host, const std::string& name);

/// Whether it is the name of one of systemd's units that have CPUs.
bool is_unit(const std::string& name);

/// Whether the cgroup may have tasks for more than a moment, which mounts, swaps and sockets have not.
bool may_have_tasks(const std::string& name);

/// The names of the first level's cgroups; none without the cpuset controller of cgroup v2.
Result<std::vector<std::string>> top_cgroups(Host& host);

/// Those of the first-level cgroups that are partition roots, the VMs' own included. hostlease makes none at
/// this level. One that the kernel calls invalid counts: it becomes valid when nobody else names its CPUs. So
/// does one that has exclusive CPUs for partitions inside it, but for the VMs': systemd, asked to set its CPUs,
/// takes the controller from what is in it. Source: cgroup-v2.rst, cpuset.cpus.partition and .exclusive (6.1,
/// 6.12); seen with systemd 252.
Result<std::vector<PartitionFacts>> top_partitions(Host& host, const std::vector<std::string>& names);

/// CPUs that isolcpus= keeps the scheduler off; partitions do not change the file. Source:
/// drivers/base/cpu.c, print_cpus_isolated() (6.12); HK_TYPE_DOMAIN_BOOT (7.0).
Result<CpuSet> cpus_isolated_at_boot(Host& host);

/// What tasks may use that nothing keeps off any CPU: all possible ones but those isolated at boot. The tasks
/// of a host inherit this from PID 1, whatever their cgroup allows. Source: kernel/sched/core.c,
/// sched_init_smp(), and kernel/cgroup/cpuset.c, where an unset cpuset.cpus has the parent's effective CPUs,
/// those isolated at boot among them (6.1, 6.12).
Result<CpuSet> unrestricted_cpus(Host& host);

} // namespace hostlease
