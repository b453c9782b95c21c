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

/// Makes the record agree with the pool as it is. A write that was cut off took the pool somewhere between `wrote` and
/// `intended`; that part is ours. Pages beyond that were added by somebody else and become part of the baseline; missing ones
/// are taken to be ours. Reports both as drift.
void settle_pool_record(KnobRecord& record, const PoolFacts& pool, Report& report);

} // namespace hostlease
