// The relations between a lease's partitions and other VMs: when they can be tried again, when they give way
// to another VM, and which tasks slices do not keep off.
#pragma once

#include "engine/report.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"
#include "model/domain.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hostlease {

/// The CPUs that the host avoids for this lease.
CpuSet own_cpus(const Lease& lease);

bool asks_for_partitions(const Lease& lease);
bool requires_partitions(const Lease& lease);

/// Why the partitions of a lease that has fallen back cannot be made now, as far as the host shows it without
/// a try: a CPU is offline, lost to the kernel, or also used by another VM. nullopt if a try is possible.
Result<std::optional<std::string>> retry_obstacle(Host& host, const LedgerContent& ledger,
                                                  const Lease& lease);

/// Leases whose partitions have CPUs that the domain is pinned to fall back, if their policies allow it. True
/// if one did: the values must then be converged before QEMU starts.
bool make_way(Ledger& ledger, const Domain& domain, Report& report);

/// The uuids of the running leases that make_way() let fall back for the VM with this uuid.
std::vector<std::string> gave_way_to(const LedgerContent& ledger, const std::string& uuid);

/// Units in the slices of VMs that may run on the CPUs that slices clear of the rest of the host: "VM 'b'",
/// "libpod-1f2e.scope". Empty while partitions keep them off as well.
Result<std::vector<std::string>> not_kept_off(Host& host, const Lease& lease);

} // namespace hostlease
