// The systemd scope that a domain's QEMU will run in.
#pragma once

#include "model/domain.hpp"

#include <string>

namespace hostlease {

/// The name of the unit: "machine-qemu\x2d3\x2dwin11.scope" for the domain win11 with id 3; "*" stands for
/// the id until libvirt has assigned one. Sources: virDomainDriverGenerateMachineName, libvirt 9.0 to 11.3;
/// unit_name_escape, systemd 252 to 257.
std::string machine_scope(const Domain& domain);

} // namespace hostlease
