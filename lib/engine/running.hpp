// What a lease does once its QEMU runs.
#pragma once

#include "engine/report.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"

#include <vector>

namespace hostlease {

/// Resolves the open claims of a running lease to what they mean now, in place of what they meant before, converges all values, and
/// settles how its CPUs are isolated: by the partitions it asked for, or, where one did not take, by what else it has for that. The
/// lease is written down at each step.
std::vector<KnobFailure> converge_running(Host& host, Ledger& ledger, Lease& lease, Report& report);

} // namespace hostlease
