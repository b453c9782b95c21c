// What each libvirt call does to the ledger and the host.
#pragma once

#include "engine/report.hpp"
#include "host/host.hpp"
#include "model/domain.hpp"
#include "model/lease.hpp"
#include "model/policy.hpp"

#include <string>

namespace hostlease {

/// Before anything is taken: the lease is in the ledger and its pages are in their pools. On failure nothing
/// is held and the host is as before, but for what a report entry names. ErrorKind::refused when a required
/// page is missing, with the account per node.
Status prepare_lease(Host& host, const Domain& domain, const Policy& policy, const ProcessId& daemon,
                     Report& report);

/// Applies the start phase of the lease. A required claim that fails gives everything back and is the error.
/// Without a lease: success, nothing done. A lease that has come further already is left over from an earlier
/// start: it is given back.
Status start_lease(Host& host, const Domain& domain, Report& report);

/// QEMU runs: notes its process and applies the last phase. Problems are in the report only.
void mark_running(Host& host, const Domain& domain, Report& report);

/// QEMU is gone; nothing on the host changes yet.
void mark_ending(Host& host, const std::string& uuid, Report& report);

/// Takes the lease's claims out, converges and forgets it. Idempotent; an unknown uuid is success. What could
/// not be put back stays on record for the next call, and is the error.
Status release_lease(Host& host, const std::string& uuid, Report& report);

/// The same by an admin's wish: ErrorKind::refused while the VM runs, which is judged with the ledger locked.
Status release_stopped_lease(Host& host, const std::string& uuid, Report& report);

/// libvirt's daemon came back to a running VM: notes its process again and converges. Drift is reported,
/// never taken over.
void reconnect_lease(Host& host, const Domain& domain, Report& report);

/// Releases every lease without a VM and finishes what an earlier call left. The error is the first thing
/// that could not be put back.
Status reconcile(Host& host, Report& report);

} // namespace hostlease
