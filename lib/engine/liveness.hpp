// Which leases still have a VM behind them.
#pragma once

#include "host/host.hpp"
#include "model/lease.hpp"

#include <optional>

namespace hostlease {

enum class Liveness {
    live,
    dead,
    unknown // neither QEMU nor the daemon was ever seen, as on a made root; where looking fails it is `live`
};

/// Whether the VM of this lease runs, or its start is still under way. A running one is known by its process,
/// a starting one by the daemon that called the hook: it calls release when a start fails, unless it died or
/// the hook was taken away, so a start that shows nothing after ten minutes is over; and a caller that is not
/// known by its name is given as long. Ages are by the clock since boot, which nobody sets.
/// Source: libvirt's status and pid files below /run/libvirt/qemu (libvirt 9.0 to 11.3), proc(5).
Liveness liveness(Host& host, const Lease& lease);

/// Whether the VM of this lease runs while the lease is still on its way up: the call `started` gave up, or
/// could not write. nullopt where it does not, or that cannot be seen; else its QEMU.
std::optional<ProcessId> missed_start(Host& host, const Lease& lease);

/// For a lease whose file could not be read: whether libvirt knows a running domain with this uuid.
bool is_running(Host& host, const std::string& uuid);

} // namespace hostlease
