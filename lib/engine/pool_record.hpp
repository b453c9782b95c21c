// Keeps the ledger's record of a huge page pool consistent with the pool.
#pragma once

#include "engine/report.hpp"
#include "model/host_facts.hpp"
#include "model/lease.hpp"

namespace hostlease {

/// State of the pages that leases have added to a pool.
enum class OurPages {
    in_use, // each of these leases has a running QEMU
    unknown // some may be free
};

/// Updates the record to match the pool. An interrupted write left the pool between `wrote` and
/// `intended`; those pages are ours. Beyond that, added pages become part of the baseline. Removed
/// pages count as the baseline's, as far as possible: pages in use cannot be removed, only made
/// surplus, and baseline pages in use by others are not ours to restore. Reports such changes as
/// drift.
void settle_pool_record(PoolRecord& record, const PoolFacts& pool, OurPages ours, Report& report);

} // namespace hostlease
