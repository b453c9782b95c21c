// Reads the machine's cores by hwloc, which is loaded when they are asked for.
#pragma once

#include "core/error.hpp"
#include "model/topology.hpp"

#include <string>

namespace hostlease {

/// The cores of the machine whose tree is below `root`. ErrorKind::unsupported without libhwloc, with what to install, or where the root
/// holds no topology. Source: hwloc 2.9, doc of hwloc_topology_load and of CPU kinds; Documentation/ABI/stable/sysfs-devices-system-cpu.
Result<HostTopology> read_topology(const std::string& root);

} // namespace hostlease
