#include "engine/promises.hpp"

#include "host/process.hpp"

#include <algorithm>

namespace hostlease {

namespace {
std::uint64_t total_bytes(const Lease& lease) {
    std::uint64_t bytes = 0;
    for (const auto& promise : lease.promises)
        bytes += promise.pages * promise.pool.page_size;
    return bytes;
}

/// Bytes of the promises that have been mapped already.
Result<std::uint64_t> mapped_bytes(Host& host, const Lease& lease) {
    if (lease.qemu.pid != 0) return mapped_huge_pages(host, lease.qemu);
    if (const auto qemu = TRY(find_qemu(host, lease.domain))) return mapped_huge_pages(host, *qemu);
    return lease.state >= LeaseState::running ? total_bytes(lease) : 0;
}
} // namespace

Result<std::map<PoolId, std::uint64_t>> open_promises(Host& host, std::span<const Lease> leases, std::string_view except) {
    std::map<PoolId, std::uint64_t> open;
    for (const auto& lease : leases) {
        if (lease.uuid == except || lease.promises.empty() || !lease.has_open_promises()) continue;
        std::uint64_t mapped = TRY(mapped_bytes(host, lease));
        for (const auto& promise : lease.promises) {
            const auto pages = std::min(promise.pages, mapped / promise.pool.page_size);
            mapped -= pages * promise.pool.page_size;
            if (pages < promise.pages) open[promise.pool] += promise.pages - pages;
        }
    }
    return open;
}

} // namespace hostlease
