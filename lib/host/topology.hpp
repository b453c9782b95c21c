// The machine's cores, read by hwloc.
#pragma once

#include "core/error.hpp"
#include "model/topology.hpp"

#include <string>

namespace hostlease {

/// The cores of the machine whose tree is below `root`. ErrorKind::unsupported if libhwloc is missing, with
/// the package to install, or if the root has no topology. Source: hwloc 2.9, doc of hwloc_topology_load and
/// of CPU kinds; Documentation/ABI/stable/sysfs-devices-system-cpu.
Result<HostTopology> read_topology(const std::string& root);

} // namespace hostlease
