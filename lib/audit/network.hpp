// What rules and suggestions share of network cards.
#pragma once

#include "model/domain.hpp"

namespace hostlease {

/// Whether a card without a model is virtio's. Source: qemuDomainDefaultNetModel (libvirt 9.0).
bool is_virtio_by_default(const Domain& domain);

} // namespace hostlease
