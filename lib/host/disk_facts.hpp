// The disks of the machine behind a domain's images.
#pragma once

#include "host/host.hpp"
#include "model/domain.hpp"
#include "model/host_facts.hpp"

namespace hostlease {

/// Fills facts.images for the files and block devices that the domain's disks name: through the file system's
/// device, partitions, device mapper, md and loop devices, however nested. If no disk is found, `problem`
/// says why. Sources: Documentation/ABI/stable/sysfs-block and sysfs-dev, proc(5) on mountinfo (6.1).
void read_disk_facts(Host& host, const Domain& domain, HostFacts& facts);

} // namespace hostlease
