// What the machine's CPUs are like, and what cgroups can do with them.
#pragma once

#include "core/error.hpp"
#include "host/host.hpp"
#include "model/host_facts.hpp"

namespace hostlease {

/// Fills possible, cores, cgroups and kernel; `facts.online` is there already. What a made root leaves out is left empty.
/// Sources: Documentation/ABI/stable/sysfs-devices-system-cpu, Documentation/admin-guide/cgroup-v2.rst (6.12).
Status read_cpu_facts(Host& host, HostFacts& facts);

} // namespace hostlease
