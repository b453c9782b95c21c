// Brings the host to what the ledger's leases want: wanted = combine(baseline, claims), or the baseline if
// there are no claims.
#pragma once

#include "engine/call.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"
#include "model/plan.hpp"

#include <chrono>
#include <vector>

namespace hostlease {

/// Converges all knobs, except pools, that a lease claims or that are on record. Baselines and intentions are
/// in the ledger before the first write; each write is read back. A value that is neither the written value
/// nor the baseline belongs to another program: it is left alone and reported as drift. Once no lease claims
/// a knob, its record is deleted if the knob is back at its baseline or drifted. A failure keeps its record
/// for the next call and does not stop the others. Writes that wait for other programs let other calls in,
/// before or after the rest: data taken from the ledger earlier is then invalid.
std::vector<KnobFailure> converge_values(Host& host, Ledger& ledger, Call& call);

/// Shrinks every pool to its baseline plus the pages of live leases. Free pages that are reserved or promised
/// stay, and pages that are not yet returned stay on record. Never grows a pool, and never removes pages that
/// others added or that existed before.
std::vector<KnobFailure> converge_pools(Host& host, Ledger& ledger, Call& call);

/// Whether the records say that pages must be returned.
bool are_pools_too_large(Host& host, Ledger& ledger);

/// Waits up to `patience` for the pages that the pools must return: QEMU's become free while it exits. Other
/// calls are let in meanwhile and may change the leases in the ledger.
Status wait_for_pages(Host& host, Ledger& ledger, std::chrono::microseconds patience);

/// What converge() would write now, in that order; writes nothing. Requires a ledger for rehearsal: its
/// records are settled in memory.
std::vector<Change> pending_changes(Host& host, Ledger& ledger, Call& call);
/// The same for values only, and for pools only.
std::vector<Change> pending_value_changes(Host& host, Ledger& ledger, Call& call);
std::vector<Change> pending_pool_changes(Host& host, Ledger& ledger, Call& call);

/// Converges values, waits, and converges pools; values come first so that a slow pool does not delay them.
/// If a pool is on record, other calls may be let in: data taken from the ledger earlier is then invalid.
std::vector<KnobFailure> converge(Host& host, Ledger& ledger, Call& call, std::chrono::microseconds patience);

} // namespace hostlease
