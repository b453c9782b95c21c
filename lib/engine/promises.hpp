// Huge pages that leased VMs will still map.
#pragma once

#include "host/host.hpp"
#include "model/lease.hpp"

#include <map>
#include <span>
#include <string_view>

namespace hostlease {

/// Pages promised to the leases, but for the one of `except`, and not mapped yet. What a QEMU has mapped is known for the process as
/// a whole; it is taken off its promises pool by pool. A lease whose QEMU has been seen started and cannot be looked at has mapped all.
Result<std::map<PoolId, std::uint64_t>> open_promises(Host& host, std::span<const Lease> leases, std::string_view except);

} // namespace hostlease
