// Facts about the machine that only an audit needs.
#pragma once

#include "host/host.hpp"
#include "model/audit_facts.hpp"
#include "model/domain.hpp"

namespace hostlease {

/// Fills AuditFacts except the hook, leases and promises, which the engine knows. A missing or unreadable
/// file leaves its fact unknown. Fails when read_facts() does. Sources: proc(5);
/// Documentation/ABI/stable/sysfs-devices-system-cpu, ABI/testing/sysfs-devices-system-cpu; /etc/libvirt/qemu
/// and /run/libvirt/qemu of libvirt 9.0 to 11.3.
Result<AuditFacts> read_audit_facts(Host& host, const Domain& domain);

} // namespace hostlease
