// Keeps the ledger's account of a pool of huge pages true to the pool.
#pragma once

#include "engine/report.hpp"
#include "model/host_facts.hpp"
#include "model/lease.hpp"

namespace hostlease {

/// Where the pages are that leases have added to a pool.
enum class OurPages {
    in_use, // each of these leases has a running QEMU
    unknown // some may be free
};

/// Makes the record agree with the pool as it is. A write that was cut off took the pool somewhere between
/// `wrote` and `intended`; that part is ours. Beyond that, pages that somebody else added become part of the
/// baseline, and pages that somebody took away were the baseline's, as far as they can have been: pages that
/// were in use cannot be taken, only made surplus, and of a baseline that others use nothing is ours to give
/// back. Reports such changes as drift.
void settle_pool_record(PoolRecord& record, const PoolFacts& pool, OurPages ours, Report& report);

} // namespace hostlease
