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

struct Mapped {
    std::uint64_t bytes = 0;
    bool has_qemu = false;
};

/// The promised pages that are already mapped.
Result<Mapped> mapped_of(Host& host, const Lease& lease) {
    if (lease.qemu.pid != 0) return Mapped{TRY(mapped_huge_pages(host, lease.qemu)), true};
    if (const auto qemu = TRY(find_qemu(host, lease.domain)))
        return Mapped{TRY(mapped_huge_pages(host, *qemu)), true};
    return Mapped{lease.state >= LeaseState::running ? total_bytes(lease) : 0, false};
}
} // namespace

std::uint64_t OpenPromises::foreign(std::uint64_t reserved, std::uint64_t page_size) const {
    const auto ours = of_qemu.find(page_size);
    return reserved - std::min(reserved, ours == of_qemu.end() ? 0 : ours->second);
}

Result<OpenPromises> open_promises(Host& host, std::span<const Lease> leases, std::string_view except) {
    OpenPromises open;
    for (const auto& lease : leases) {
        if (lease.uuid == except || lease.promises.empty() || !lease.has_open_promises()) continue;
        auto mapped = TRY(mapped_of(host, lease));
        for (const auto& promise : lease.promises) {
            const auto pages = std::min(promise.pages, mapped.bytes / promise.pool.page_size);
            mapped.bytes -= pages * promise.pool.page_size;
            if (pages == promise.pages) continue;
            open.pages[promise.pool] += promise.pages - pages;
            if (mapped.has_qemu) open.of_qemu[promise.pool.page_size] += promise.pages - pages;
        }
    }
    return open;
}

} // namespace hostlease
