// The kernel's pools of huge pages. Source: Documentation/admin-guide/mm/hugetlbpage.rst (6.1 to 7.2).
#pragma once

#include "host/host.hpp"
#include "model/host_facts.hpp"

namespace hostlease {

/// Counters of the pool whose directory this is, as they are now. is_missing() of the error: the kernel has no such pool.
Result<PoolFacts> read_pool(Host& host, const std::string& directory, PoolId id);

/// Only the pool's persistent pages: those that a write to nr_hugepages sets.
Result<std::uint64_t> read_persistent_pages(Host& host, const std::string& directory);

struct PoolWrite {
    Status written;              // what the kernel said to the number
    Result<std::uint64_t> pages; // persistent ones that the pool has then, often fewer than were asked for
};

/// Asks the kernel for as many persistent pages.
PoolWrite set_persistent_pages(Host& host, const std::string& directory, std::uint64_t pages);

/// Adds the pools of a node to the facts, and of each of their sizes the pages that are reserved on the whole host.
Status read_pools(Host& host, const std::string& directory, unsigned node, HostFacts& facts);

/// Pages of this size that are mapped and not touched yet, on the whole host; 0 where the kernel does not count them.
Result<std::uint64_t> read_reserved_pages(Host& host, std::uint64_t page_size);

} // namespace hostlease
