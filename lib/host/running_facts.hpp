// A running QEMU, from outside.
#pragma once

#include "core/error.hpp"
#include "host/host.hpp"
#include "model/running_facts.hpp"

#include <span>
#include <string>

namespace hostlease {

/// The threads that libvirt keeps in cgroups of their own, and the interrupts by which VFIO serves these PCI devices. A QEMU that is gone has
/// none. Sources: cgroups(7), /proc/PID/task/TID/cgroup; libvirt 9.0 to 11.3, src/util/vircgroup.c; ABI/testing/sysfs-bus-pci,
/// msi_irqs and irq (6.1 to 6.12); drivers/vfio/pci/vfio_pci_intrs.c (6.12), their names.
Result<RunningFacts> read_running_facts(Host& host, const ProcessId& qemu, std::span<const std::string> devices);

} // namespace hostlease
