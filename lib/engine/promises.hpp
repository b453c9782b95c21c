// Huge pages that VMs with a lease will still map.
#pragma once

#include "host/host.hpp"
#include "model/lease.hpp"

#include <map>
#include <span>
#include <string_view>

namespace hostlease {

struct OpenPromises {
    std::map<PoolId, std::uint64_t> pages; // promised and not mapped yet
    // by page size: those of VMs with a running QEMU, which may have reserved them
    std::map<std::uint64_t, std::uint64_t> of_qemu;

    /// The pages of this size that others have reserved; the kernel counts reserved pages for the whole host.
    /// A VM without a QEMU has reserved none.
    [[nodiscard]] std::uint64_t foreign(std::uint64_t reserved, std::uint64_t page_size) const;
};

/// Pages that are promised to the leases, except to the lease `except`, and not mapped yet. The pages that a
/// QEMU has mapped are known only for the whole process; they are subtracted from its promises pool by pool.
/// If QEMU is known to have started but cannot be inspected, all its pages count as mapped.
Result<OpenPromises> open_promises(Host& host, std::span<const Lease> leases, std::string_view except);

} // namespace hostlease
