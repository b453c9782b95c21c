// Facts about a running QEMU, read from outside.
#pragma once

#include "core/error.hpp"
#include "host/host.hpp"
#include "model/running_facts.hpp"

#include <span>
#include <string>

namespace hostlease {

/// The threads that have cgroups of their own, and the VFIO interrupts of these PCI devices. Empty if QEMU
/// has ended. Sources: cgroups(7), /proc/PID/task/TID/cgroup; libvirt 9.0 to 11.3, src/util/vircgroup.c;
/// ABI/testing/sysfs-bus-pci, msi_irqs and irq (6.1 to 6.12); drivers/vfio/pci/vfio_pci_intrs.c (6.12), their
/// names.
Result<RunningFacts> read_running_facts(Host& host, const ProcessId& qemu,
                                        std::span<const std::string> devices);

} // namespace hostlease
