// What is wrong, or unwise, about a plan as a whole: findings that are no single knob's. Pure.
#pragma once

#include "knobs/knob.hpp"

namespace hostlease {

/// The CPUs that the policy isolates against the host's topology: hardware threads of one core apart, too few cores left to the host,
/// CPUs that the host lacks.
void check_topology(const PlanInput& input, Diagnostics& notes);

/// CPUs that another lease has for itself, or runs on.
void check_other_leases(const PlanInput& input, Diagnostics& notes);

/// Pins that libvirt could not set, or that are slow: offline CPUs, a machine.slice that lacks them, the memory of another node, the
/// emulator on the CPUs of vCPUs.
void check_pins(const PlanInput& input, Diagnostics& notes);

/// CPUs that are in another program's partition.
void check_partitions(const PlanInput& input, Diagnostics& notes);

/// Services that are running and set what the policy sets.
void check_services(const PlanInput& input, Diagnostics& notes);

} // namespace hostlease
