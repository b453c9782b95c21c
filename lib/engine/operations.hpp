// The effect of each libvirt call on the ledger and the host.
#pragma once

#include "engine/call.hpp"
#include "host/host.hpp"
#include "model/domain.hpp"
#include "model/lease.hpp"
#include "model/policy.hpp"

#include <string>

namespace hostlease {

/// Afterwards the lease is in the ledger and its pages are in their pools. On failure nothing is held and the
/// host is unchanged, except for changes that a report entry names. ErrorKind::refused if a required page is
/// missing, with an account per node.
Status prepare_lease(Host& host, const Domain& domain, const Policy& policy, const ProcessId& daemon,
                     Call& call);

/// Applies the start phase of the lease. If a required claim fails, gives everything back and returns that
/// error. Without a lease: success, nothing done. A lease that is already past this phase is a leftover of an
/// earlier start and is given back.
Status start_lease(Host& host, const Domain& domain, Call& call);

/// Records QEMU's process and applies the last phase, now that QEMU runs. Problems are only reported.
void mark_running(Host& host, const Domain& domain, Call& call);

/// Records that QEMU has ended; does not change the host.
void mark_ending(Host& host, const std::string& uuid, Call& call);

/// Withdraws the lease's claims, converges and deletes the lease. Idempotent; succeeds for an unknown uuid.
/// Values that could not be restored stay on record for the next call, and are the error.
Status release_lease(Host& host, const std::string& uuid, Call& call);

/// The same for an admin's command: ErrorKind::refused while the VM runs, checked with the ledger locked.
Status release_stopped_lease(Host& host, const std::string& uuid, Call& call);

/// For a running VM after a restart of libvirt's daemon: records its process again and converges. Drift is
/// reported, never adopted.
void reconnect_lease(Host& host, const Domain& domain, Call& call);

/// Releases every lease without a VM and finishes the work of interrupted calls. The error is the first value
/// that could not be restored.
Status reconcile(Host& host, Call& call);

} // namespace hostlease
