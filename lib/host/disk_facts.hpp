// The disks of the machine that hold a domain's images.
#pragma once

#include "host/host.hpp"
#include "model/domain.hpp"
#include "model/host_facts.hpp"

namespace hostlease {

/// Fills facts.images for the files and block devices that the domain's disks name: through the file system's
/// device, partitions, device mapper, md and loop devices, however nested. If no disk is found, `problem`
/// says why. Sources: Documentation/ABI/stable/sysfs-block and sysfs-dev, proc(5) on mountinfo (6.1).
void read_disk_facts(Host& host, const Domain& domain, HostFacts& facts);

/// A common name for two files that set the same value: a disk's read-ahead belongs to its backing device,
/// which has files of its own. Any other path is returned unchanged. Source: queue_ra_show,
/// block/blk-sysfs.c; read_ahead_kb_store, mm/backing-dev.c (6.12).
std::string one_name_of(Host& host, std::string path);

} // namespace hostlease
