// cpuset partitions, and the units that share CPUs with VMs.
#pragma once

#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "host/host.hpp"
#include "model/host_facts.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// CPUs that the kernel keeps isolated although no partition or boot option asks for it. A partition that was
/// invalid when its cgroup was removed leaves such CPUs behind. Source: cpuset_css_killed and
/// update_parent_effective_cpumask of kernel/cgroup/cpuset.c (6.12).
Result<CpuSet> lost_cpus(Host& host);

/// The units in machine.slice and in other slices of VMs, except the VM `domain`. VMs have one entry for each
/// cgroup that libvirt creates for their threads. Source: libvirt 9.0 to 11.3, src/util/vircgroup.c;
/// systemd-machined(8), names of scopes.
Result<std::vector<MachineUnit>> machine_units(Host& host, const std::string& domain);

} // namespace hostlease
