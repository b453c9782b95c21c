// Which leases still have a VM.
#pragma once

#include "host/host.hpp"
#include "model/lease.hpp"

#include <optional>

namespace hostlease {

enum class Liveness {
    live,
    dead,
    unknown // neither QEMU nor the daemon was ever seen, as on a fake host; a failed check yields `live`
};

/// Whether the VM of this lease runs or is starting. A running VM is identified by its process, a starting
/// one by the daemon that called the hook. The daemon calls release when a start fails, unless it died or the
/// hook was removed; so a start without any sign of a VM after ten minutes is over, and an unknown caller is
/// given the same time. Ages use the clock since boot, which cannot be set.
/// Source: libvirt's status and pid files in /run/libvirt/qemu (libvirt 9.0 to 11.3), proc(5).
Liveness liveness(Host& host, const Lease& lease);

/// The QEMU of a lease whose VM runs although the lease is not in the state running: the call `started` gave
/// up, or could not write. nullopt if the VM does not run or this cannot be determined.
std::optional<ProcessId> missed_start(Host& host, const Lease& lease);

/// The domain's QEMU, or an empty process id if it is unknown.
ProcessId qemu_of(Host& host, const std::string& domain);

/// For a lease whose file could not be read: whether libvirt has a running domain with this uuid.
bool is_running(Host& host, const std::string& uuid);

} // namespace hostlease
