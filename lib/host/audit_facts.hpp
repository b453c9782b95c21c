// Reads what an audit needs to know of the machine beyond the planner's facts.
#pragma once

#include "host/host.hpp"
#include "model/audit_facts.hpp"
#include "model/domain.hpp"

namespace hostlease {

/// Fills all of AuditFacts but our own hook, leases and promises, which the engine knows. A file that is missing, or may not be read,
/// is a fact that is not known. Fails when read_facts() does. Sources: proc(5); Documentation/ABI/stable/sysfs-devices-system-cpu,
/// ABI/testing/sysfs-devices-system-cpu; /etc/libvirt/qemu and /run/libvirt/qemu of libvirt 9.0 to 11.3.
Result<AuditFacts> read_audit_facts(Host& host, const Domain& domain);

} // namespace hostlease
