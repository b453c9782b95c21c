// What a lease does once its QEMU runs.
#pragma once

#include "engine/report.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// Replaces what the open claims of a lease meant before by what they mean now that its QEMU runs. False when
/// it asks for partitions and a vCPU that runs is in no cgroup of its own.
Result<bool> resolve_claims(Host& host, Lease& lease);

/// Resolves the open claims of running leases to what they mean now, in place of what they meant before,
/// converges all values, and settles how the CPUs of each are isolated: by the partitions it asked for, or,
/// where one did not take, by what else it has for that, until a later call finds that they can be made. Each
/// lease is written down at each step, first of all as it is in `ledger`. Other calls may be let in: a lease
/// that one of them has ended stays ended. The failures of the last convergence.
std::vector<KnobFailure> converge_running(Host& host, Ledger& ledger, const std::vector<std::string>& uuids,
                                          Report& report);

/// A warning for each node that huge pages of a placed VM are on without the lease's asking for it.
void report_far_memory(Host& host, const Lease& lease, Report& report);

/// Notes, in memory, that VMs run whose call `started` did not come through. Their uuids.
std::vector<std::string> find_missed_starts(Host& host, Ledger& ledger, Report& report);

/// Does for these what their `started` was to do.
std::vector<KnobFailure> make_up_for_starts(Host& host, Ledger& ledger, Report& report);

} // namespace hostlease
