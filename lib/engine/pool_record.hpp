// The ledger's account of a huge page pool. Numbers are persistent pages: what a write to nr_hugepages sets.
#pragma once

#include "engine/report.hpp"
#include "model/host_facts.hpp"
#include "model/lease.hpp"

#include <string>
#include <string_view>

namespace hostlease {

/// The directory of the pool's counters.
std::string pool_directory(const KnobRecord& record);

/// A number of pages from a claim or record; 0 when it is none.
std::uint64_t pages_of(std::string_view text);

/// Where the pages are that leases have added to a pool.
enum class OurPages {
    in_use, // each of these leases has a running QEMU
    unknown // some may be free
};

/// Makes the record agree with the pool as it is. A write that was cut off took the pool somewhere between `wrote` and
/// `intended`; that part is ours. Beyond that, pages that somebody else added become part of the baseline, and pages that somebody
/// took away were the baseline's, as far as they can have been: pages that were in use cannot be taken, only made surplus, and
/// of a baseline that others use nothing is ours to give back. Reports such changes as drift.
void settle_pool_record(KnobRecord& record, const PoolFacts& pool, OurPages ours, Report& report);

} // namespace hostlease
