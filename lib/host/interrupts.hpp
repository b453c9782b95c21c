// The machine's interrupts.
#pragma once

#include "host/host.hpp"

#include <optional>

namespace hostlease {

/// "24 virtio0-req.0": the number and the first of the actions that share the interrupt, because later ones
/// are added and removed after it. If another device takes over a number, it is a different interrupt.
/// nullopt if the interrupt is unused. Source: ABI/testing/sysfs-kernel-irq (6.12).
Result<std::optional<std::string>> interrupt_name(Host& host, unsigned number);

} // namespace hostlease
