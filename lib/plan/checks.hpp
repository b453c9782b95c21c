// What is wrong, or unwise, about a plan as a whole: findings that are no single knob's. Pure.
#pragma once

#include "knobs/knob.hpp"

namespace hostlease {

/// The CPUs that the policy isolates against the host's topology: hardware threads of one core apart, too few
/// cores left to the host, CPUs that the host lacks.
void check_topology(const PlanInput& input, Diagnostics& notes);

/// What is in machine.slice beside the VM and is not kept off its CPUs, or is moved off them.
void check_machine_units(const PlanInput& input, Diagnostics& notes);

/// The sentence that tells what slices do not keep off these CPUs; "" for nothing.
std::string not_kept_off_text(const CpuSet& cpus, const std::vector<std::string>& names);

/// CPUs that another lease has for itself, or runs on.
void check_other_leases(const PlanInput& input, Diagnostics& notes);

/// Pins that libvirt could not set: offline CPUs, those that machine.slice lacks, or that the partition of
/// another VM has. Where CPUs are isolated, pins that are slow as well: far from the memory, the emulator on
/// the CPUs of vCPUs, vCPUs without any.
void check_pins(const PlanInput& input, Diagnostics& notes);

/// CPUs that are in another program's partition.
void check_partitions(const PlanInput& input, Diagnostics& notes);

/// Services that are running and set what the policy sets.
void check_services(const PlanInput& input, Diagnostics& notes);

} // namespace hostlease
