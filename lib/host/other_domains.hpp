// The other domains of the host, from libvirt's files.
#pragma once

#include "host/host.hpp"
#include "model/domain.hpp"
#include "model/other_domain.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// The domains that libvirt has defined, except this one, with the CPUs of their pins. A pin to all CPUs of
/// `online` binds to none; with an empty set, each pin counts. `problem` becomes why some could not be read.
/// Source: libvirt 9.0, src/qemu/qemu_conf.c, configDir.
std::vector<OtherDomain> read_other_domains(Host& host, const Domain& domain, const CpuSet& online,
                                            std::string& problem);

} // namespace hostlease
