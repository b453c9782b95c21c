// Interrupts of the machine.
#pragma once

#include "host/host.hpp"

#include <optional>

namespace hostlease {

/// "24 virtio0-req.0": the number and the first of the actions that share the interrupt, since later ones
/// come and go behind it. A number that somebody else has taken over is another interrupt. nullopt when
/// nobody uses it. Source: ABI/testing/sysfs-kernel-irq (6.12).
Result<std::optional<std::string>> interrupt_name(Host& host, unsigned number);

} // namespace hostlease
