// Checks of a plan as a whole: errors and warnings that do not belong to a single knob. Pure.
#pragma once

#include "knobs/knob.hpp"

namespace hostlease {

/// Compares the isolated CPUs with the host's topology: separated hardware threads of one core, too few cores
/// left to the host, CPUs that the host does not have.
void check_topology(const PlanInput& input, Diagnostics& notes);

/// Other units in the slices of VMs that are not kept off the VM's CPUs, or that are moved off them.
void check_machine_units(const PlanInput& input, Diagnostics& notes);

/// The sentence about tasks that slices do not keep off these CPUs; "" if there are none.
std::string not_kept_off_text(const CpuSet& cpus, const std::vector<std::string>& names);

/// CPUs that another lease isolates or runs on.
void check_other_leases(const PlanInput& input, Diagnostics& notes);

/// Pins that libvirt could not set: to CPUs that are offline, not in the VM's slice, or in another VM's
/// partition. If CPUs are isolated, also slow pins: far from the memory, the emulator on the CPUs of vCPUs,
/// vCPUs without a pin.
void check_pins(const PlanInput& input, Diagnostics& notes);

/// CPUs that are in another program's partition.
void check_partitions(const PlanInput& input, Diagnostics& notes);

/// A list in cpus.isolate that differs from the CPUs that cpus.place chooses: an error if it leaves out any
/// of them and isolation is required, else a warning.
void check_place(const PlanInput& input, Diagnostics& notes);

/// Running services that set what the policy sets.
void check_services(const PlanInput& input, Diagnostics& notes);

} // namespace hostlease
