// Growing huge page pools for one lease.
#pragma once

#include "engine/call.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"

#include <chrono>
#include <map>
#include <optional>

namespace hostlease {

struct GrowOptions {
    std::chrono::microseconds deadline{};
    bool compact = true;
    bool drop_caches = false;
};

/// The size that a short pool has reached, and the error if its file refused the write.
struct Shortfall {
    std::uint64_t pages = 0;
    std::optional<Error> error;
};
using ShortPools = std::map<PoolId, Shortfall>;

/// Adds the pages that `lease` claims to their pools, which are locked, the largest page size first. The
/// lease must be in the ledger; the pools' records are written before the pools. A short pool is compacted
/// and tried again until the deadline, and caches are dropped if the options allow it. Returns the pools that
/// stayed short; empty means success. ErrorKind::io if the ledger could not be written: then no pool has been
/// changed.
Result<ShortPools> grow_pools(Host& host, Ledger& ledger, const Lease& lease, const GrowOptions& options,
                              Call& call);

} // namespace hostlease
