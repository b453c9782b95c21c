// Whose CPUs a lease's partitions meet: when they can be tried again, when they make way for another VM, and
// what slices do not keep off.
#pragma once

#include "engine/report.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"
#include "model/domain.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hostlease {

/// The CPUs that the host keeps off for this lease.
CpuSet own_cpus(const Lease& lease);

bool asks_for_partitions(const Lease& lease);
bool requires_partitions(const Lease& lease);

/// Why the partitions of a lease that has fallen back cannot be made now, as far as the host shows it without
/// a try: a CPU that is offline, lost to the kernel, or another VM's as well. nullopt when they can be tried.
Result<std::optional<std::string>> retry_obstacle(Host& host, const LedgerContent& ledger,
                                                  const Lease& lease);

/// Leases whose partitions have CPUs that the domain is pinned to fall back, where their policies allow it.
/// True when one did: the values are to be converged before QEMU starts.
bool make_way(Ledger& ledger, const Domain& domain, Report& report);

/// The uuids of the running leases that have fallen back for a reason that names this VM.
std::vector<std::string> fallen_back_for(const LedgerContent& ledger, const std::string& domain);

/// What is in machine.slice and may run on the CPUs that slices keep the rest of the host off: "VM 'b'",
/// "libpod-1f2e.scope". None while partitions keep it off as well.
Result<std::vector<std::string>> not_kept_off(Host& host, const Lease& lease);

} // namespace hostlease
