// The work for a lease once its QEMU runs.
#pragma once

#include "engine/call.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// Resolves the open claims of a lease now that its QEMU runs; replaces earlier results. False if the lease
/// asks for partitions and a running vCPU is not in a cgroup of its own.
Result<bool> resolve_claims(Host& host, Lease& lease);

/// Resolves the open claims of running leases anew, converges all values, and settles how the CPUs of each
/// lease are isolated. That is by the partitions it asked for, or, if a partition could not be made, by its
/// other means, until a later call finds that partitions are possible. Each lease is saved at each step,
/// first as it is in `ledger`. Other calls may be let in: a lease that they ended stays ended. Returns the
/// failures of the last convergence.
std::vector<KnobFailure> converge_running(Host& host, Ledger& ledger, const std::vector<std::string>& uuids,
                                          Call& call);

/// Warns for each node that has huge pages of a placed VM although the lease did not ask for that node.
void report_far_memory(Host& host, const Lease& lease, Report& report);

/// Notes, in memory, which VMs run although their call `started` did not finish. Returns their uuids.
std::vector<std::string> find_missed_starts(Host& host, Ledger& ledger, Call& call);

/// Does the work of the missed `started` calls of these VMs.
std::vector<KnobFailure> make_up_for_starts(Host& host, Ledger& ledger, Call& call);

} // namespace hostlease
