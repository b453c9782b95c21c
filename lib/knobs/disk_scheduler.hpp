// A block device's I/O scheduler as a value: "none nr_requests=256 wbt_lat_usec=75000", the scheduler and what switching it resets. A value
// that is wanted may be the scheduler alone. Source: block/elevator.c and block/blk-sysfs.c (6.12).
#pragma once

#include <string_view>

namespace hostlease {

/// Whether what was found has the wanted scheduler, and everything else that is wanted.
bool same_disk_scheduler(std::string_view found, std::string_view wanted);

/// While the scheduler is the one written, it is ours, whatever somebody made of the rest.
bool may_become_disk_scheduler(std::string_view wrote, std::string_view found);

} // namespace hostlease
