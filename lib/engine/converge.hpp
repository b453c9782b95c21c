// Brings the host to what the ledger's leases want: wanted = combine(baseline, claims), baseline when there are no claims.
#pragma once

#include "engine/report.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"
#include "model/plan.hpp"

#include <chrono>
#include <vector>

namespace hostlease {

/// Converges every knob but the pools that a lease claims or a record remembers. Baselines and intentions are in the ledger
/// before the first write; each write is read back. A value that is neither what was written nor the baseline is somebody
/// else's: it is left alone and reported as drift. Records whose knob is back at its baseline, or drifted, are forgotten once
/// no lease claims them. Failures leave their record for the next call and do not stop the others.
std::vector<KnobFailure> converge_values(Host& host, Ledger& ledger, Report& report);

/// Shrinks every pool to its baseline and what the living leases have added; waits up to `patience` for QEMU's pages to come back.
/// Free pages that are reserved or promised stay, and what is not given back yet stays on record. Never grows a pool, and never
/// takes pages that somebody else added or that were there before.
std::vector<KnobFailure> converge_pools(Host& host, Ledger& ledger, Report& report, std::chrono::microseconds patience);

/// What converge() would write now, in that order; writes nothing. For a ledger that is a rehearsal: its records are settled in memory.
std::vector<Change> pending_changes(Host& host, Ledger& ledger, Report& report);
/// The part of the pools.
std::vector<Change> pending_pool_changes(Host& host, Ledger& ledger, Report& report);

/// Both; values first, so that a slow pool does not delay the rest.
std::vector<KnobFailure> converge(Host& host, Ledger& ledger, Report& report, std::chrono::microseconds patience);

} // namespace hostlease
