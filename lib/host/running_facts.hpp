// A running QEMU, from outside.
#pragma once

#include "core/error.hpp"
#include "host/host.hpp"
#include "model/running_facts.hpp"

namespace hostlease {

/// The threads that libvirt keeps in cgroups of their own, and the interrupts of the devices that VFIO drives for somebody. A QEMU
/// that is gone has none. Sources: cgroups(7), /proc/PID/task/TID/cgroup; libvirt 9.0 to 11.3, src/util/vircgroup.c; /proc/irq/N.
Result<RunningFacts> read_running_facts(Host& host, const ProcessId& qemu);

} // namespace hostlease
