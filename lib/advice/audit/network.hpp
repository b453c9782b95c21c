// Network cards, for rules and suggestions.
#pragma once

#include "model/domain.hpp"

#include <string_view>

namespace hostlease {

/// Whether a card without a model is virtio's. Source: qemuDomainDefaultNetModel (libvirt 9.0).
bool is_virtio_by_default(const Domain& domain);

/// Whether QEMU holds the kernel's end of a card of this type and can use several queues. For a vhost-user
/// card, its other end decides about queues. Source: qemuDomainValidateActualNetDef (libvirt 9.0),
/// "multiqueue is not supported".
bool is_tap(std::string_view type);

} // namespace hostlease
