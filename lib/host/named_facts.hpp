// Whether the paths of a domain exist, and the NUMA nodes of its devices.
#pragma once

#include "host/host.hpp"
#include "model/audit_facts.hpp"

#include <map>
#include <string>
#include <vector>

namespace hostlease {

/// Looks at the path and follows every link. A directory that may not be searched, as on NFS with
/// root_squash, is a problem, not a missing path.
PathFacts look_at_path(Host& host, const std::string& path);

/// The NUMA node of each device that has one. Source: Documentation/ABI/testing/sysfs-bus-pci, numa_node
/// (6.12): -1 if the firmware does not report it.
std::map<PciAddress, unsigned> nodes_of_devices(Host& host, const std::vector<PciAddress>& devices);

} // namespace hostlease
