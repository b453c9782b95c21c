// The machine's cores, read from sysfs: what host/topology reads by hwloc, for the hook, which loads no
// libraries for it.
#pragma once

#include "core/error.hpp"
#include "host/host.hpp"
#include "model/host_facts.hpp"
#include "model/topology.hpp"

namespace hostlease {

/// The cores of the machine that `facts` are about, equal to read_topology()'s. No cores if the kernel names
/// none. Preferred cores are read by read_preferred_cores(). Source:
/// Documentation/ABI/stable/sysfs-devices-system-cpu, Documentation/ABI/testing/sysfs-devices-system-cpu
/// (6.12): topology, cache, cpufreq, cpu_capacity; kinds of core as hwloc 2.9 tells them apart,
/// look_sysfscpukinds and hwloc_internal_cpukinds_rank.
Result<HostTopology> read_cpu_topology(Host& host, const HostFacts& facts);

/// Fills highest_perf where the kernel reports it. Preferred cores, such as the best ones of a Ryzen, differ
/// in it although their highest frequency is the same. Source: Documentation/admin-guide/acpi/cppc_sysfs.rst
/// (6.12).
void read_preferred_cores(Host& host, HostTopology& topology);

} // namespace hostlease
