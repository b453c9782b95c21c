// The machine's CPUs and the capabilities of its cgroups.
#pragma once

#include "core/error.hpp"
#include "host/host.hpp"
#include "model/host_facts.hpp"

namespace hostlease {

/// Fills possible, cores, cgroups and kernel; `facts.online` is already filled. A fact whose file does not
/// exist, as in a test's root, stays empty. Sources: Documentation/ABI/stable/sysfs-devices-system-cpu,
/// Documentation/admin-guide/cgroup-v2.rst (6.12).
Status read_cpu_facts(Host& host, HostFacts& facts);

} // namespace hostlease
