// The kernel's pools of huge pages. Source: Documentation/admin-guide/mm/hugetlbpage.rst (6.1 to 7.2).
#pragma once

#include "host/host.hpp"
#include "model/host_facts.hpp"

namespace hostlease {

/// The current counters of the pool in this directory. is_missing() of the error: the kernel has no such
/// pool.
Result<PoolFacts> read_pool(Host& host, const std::string& directory, PoolId id);

/// The pool's persistent pages alone, which a write to nr_hugepages sets.
Result<std::uint64_t> read_persistent_pages(Host& host, const std::string& directory);

struct PoolWrite {
    Status written;              // the kernel's answer to the write
    Result<std::uint64_t> pages; // persistent pages after the write, often fewer than requested
};

/// Asks the kernel for this number of persistent pages.
PoolWrite set_persistent_pages(Host& host, const std::string& directory, std::uint64_t pages);

/// Adds the pools of a node to the facts, and for each page size the reserved pages of the whole host.
Status read_pools(Host& host, const std::string& directory, unsigned node, HostFacts& facts);

/// Pages of this size that are mapped but not yet touched, on the whole host; 0 if the kernel does not count
/// them.
Result<std::uint64_t> read_reserved_pages(Host& host, std::uint64_t page_size);

/// Free pages of this size on the whole host; 0 if the kernel does not count them.
Result<std::uint64_t> read_free_pages(Host& host, std::uint64_t page_size);

} // namespace hostlease
