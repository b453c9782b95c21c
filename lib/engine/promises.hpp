// Huge pages that leased VMs will still map.
#pragma once

#include "host/host.hpp"
#include "model/lease.hpp"

#include <map>
#include <span>
#include <string_view>

namespace hostlease {

struct OpenPromises {
    std::map<PoolId, std::uint64_t> pages; // promised and not touched yet
    // by page size: those of VMs whose QEMU runs, which may have reserved them
    std::map<std::uint64_t, std::uint64_t> of_qemu;

    /// The pages of this size that others have reserved, of all that the kernel counts for the whole host. A
    /// VM without a QEMU has reserved none.
    [[nodiscard]] std::uint64_t foreign(std::uint64_t reserved, std::uint64_t page_size) const;
};

/// Pages promised to the leases, but for the one of `except`, and not mapped yet. What a QEMU has mapped is
/// known for the process as a whole; it is taken off its promises pool by pool. A lease whose QEMU has been
/// seen started and cannot be looked at has mapped all.
Result<OpenPromises> open_promises(Host& host, std::span<const Lease> leases, std::string_view except);

} // namespace hostlease
