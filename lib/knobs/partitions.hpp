// When the CPUs of a VM can be isolated by cgroup partitions, one for each vCPU.
#pragma once

#include "knobs/knob.hpp"

namespace hostlease {

/// "auto", "partition" or "slices".
std::string isolation_method(const Policy& policy);

/// Why partitions cannot isolate the domain's CPUs on this host; "" when they can. Source:
/// Documentation/admin-guide/cgroup-v2.rst, cpuset.cpus.partition, and cpus_excl_conflict() and
/// cpuset_update_tasks_cpumask() of kernel/cgroup/cpuset.c (6.12): what moves a task when its cgroup's CPUs
/// change knows nothing of isolcpus=.
std::string partition_obstacle(const PlanInput& input);

/// Whether the domain's CPUs are to be isolated by partitions, which take the kernel's own work off them as well: there are CPUs to isolate,
/// a method that allows it, and no obstacle.
bool plans_partitions(const PlanInput& input);

} // namespace hostlease
