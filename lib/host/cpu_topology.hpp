// The machine's cores, read from sysfs: the same data that host/topology reads with hwloc, but for the hook,
// which does not load a library for it.
#pragma once

#include "core/error.hpp"
#include "host/host.hpp"
#include "model/host_facts.hpp"
#include "model/topology.hpp"

namespace hostlease {

/// The cores of the machine that `facts` describe, equal to read_topology()'s. No cores if the kernel reports
/// none. Preferred cores are read by read_preferred_cores(). Source:
/// Documentation/ABI/stable/sysfs-devices-system-cpu, Documentation/ABI/testing/sysfs-devices-system-cpu
/// (6.12): topology, cache, cpufreq, cpu_capacity; kinds of core as hwloc 2.9 distinguishes them,
/// look_sysfscpukinds and hwloc_internal_cpukinds_rank.
Result<HostTopology> read_cpu_topology(Host& host, const HostFacts& facts);

/// Fills highest_perf if the kernel reports it. Preferred cores, such as the best ones of a Ryzen, differ in
/// highest_perf although their highest frequency is the same. Source:
/// Documentation/admin-guide/acpi/cppc_sysfs.rst (6.12).
void read_preferred_cores(Host& host, HostTopology& topology);

} // namespace hostlease
