// cpuset partitions, and what shares the CPUs of VMs.
#pragma once

#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "host/host.hpp"
#include "model/host_facts.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// CPUs that the kernel keeps isolated though neither a cgroup's partition nor the boot asked for it: lost by a partition that was freed
/// while it was broken. Source: cpuset_css_killed and update_parent_effective_cpumask of kernel/cgroup/cpuset.c (6.12).
Result<CpuSet> lost_cpus(Host& host);

/// What is in machine.slice, the VM of `domain` left out: VMs by the cgroups that libvirt makes for their threads, everything else as a whole.
/// Source: libvirt 9.0 to 11.3, src/util/vircgroup.c; systemd-machined(8), names of scopes.
Result<std::vector<MachineUnit>> machine_units(Host& host, const std::string& domain);

} // namespace hostlease
