// Brings the host to what the ledger's leases want: wanted = combine(baseline, claims), baseline when there
// are no claims.
#pragma once

#include "engine/report.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"
#include "model/plan.hpp"

#include <chrono>
#include <vector>

namespace hostlease {

/// Converges every knob but the pools that a lease claims or a record remembers. Baselines and intentions are
/// in the ledger before the first write; each write is read back. A value that is neither what was written
/// nor the baseline is somebody else's: it is left alone and reported as drift. Records whose knob is back at
/// its baseline, or drifted, are forgotten once no lease claims them. Failures leave their record for the
/// next call and do not stop the others. What waits for other programs is written while other calls are let
/// in, before or after the rest: what was taken out of the ledger before is void then.
std::vector<KnobFailure> converge_values(Host& host, Ledger& ledger, Report& report);

/// Shrinks every pool to its baseline and what the living leases have added. Free pages that are reserved or
/// promised stay, and what is not given back yet stays on record. Never grows a pool, and never takes pages
/// that somebody else added or that were there before.
std::vector<KnobFailure> converge_pools(Host& host, Ledger& ledger, Report& report);

/// Whether pages are to be given back, as far as the records say.
bool are_pools_too_large(Host& host, Ledger& ledger);

/// Waits up to `patience` until the pools have the pages that they are to give back: QEMU's come back while
/// it exits. Other calls are let in meanwhile, so that the leases in the ledger may be others then.
Status wait_for_pages(Host& host, Ledger& ledger, std::chrono::microseconds patience);

/// What converge() would write now, in that order; writes nothing. For a ledger that is a rehearsal: its
/// records are settled in memory.
std::vector<Change> pending_changes(Host& host, Ledger& ledger, Report& report);
/// The part of the values, and of the pools.
std::vector<Change> pending_value_changes(Host& host, Ledger& ledger, Report& report);
std::vector<Change> pending_pool_changes(Host& host, Ledger& ledger, Report& report);

/// Both, with the wait in between; values first, so that a slow pool does not delay the rest. Other calls may
/// be let in wherever a pool is on record: what was taken out of the ledger before is void then.
std::vector<KnobFailure> converge(Host& host, Ledger& ledger, Report& report,
                                  std::chrono::microseconds patience);

} // namespace hostlease
