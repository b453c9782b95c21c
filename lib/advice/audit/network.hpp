// Network cards, for rules and suggestions.
#pragma once

#include "model/domain.hpp"

#include <string_view>

namespace hostlease {

/// Whether a card without a model is a virtio card. Source: qemuDomainDefaultNetModel (libvirt 9.0).
bool is_virtio_by_default(const Domain& domain);

/// Whether a card of this type is a tap device of the kernel, so that QEMU can use several queues. For a
/// vhost-user card, the other process decides about queues. Source: qemuDomainValidateActualNetDef (libvirt
/// 9.0), "multiqueue is not supported".
bool is_tap(std::string_view type);

} // namespace hostlease
