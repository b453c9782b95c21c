// When the CPUs of a VM can be isolated by cgroup partitions: the cgroup above QEMU's threads becomes a
// partition of the VM's own, and each vCPU an isolated one in it.
#pragma once

#include "knobs/knob.hpp"
#include "knobs/parts/domain_threads.hpp"

#include <vector>

namespace hostlease {

/// "auto", "partition" or "slices".
std::string isolation_method(const Policy& policy);

/// Why partitions cannot isolate the domain's CPUs on this host; "" when they can. Source:
/// Documentation/admin-guide/cgroup-v2.rst, cpuset.cpus.partition, and cpus_excl_conflict() and
/// cpuset_update_tasks_cpumask() of kernel/cgroup/cpuset.c (6.12): what moves a task when its cgroup's CPUs
/// change knows nothing of isolcpus=.
std::string partition_obstacle(const PlanInput& input);

/// Whether the domain's CPUs are to be isolated by partitions, which take the kernel's own work off them as
/// well: there are CPUs to isolate, a method that allows it, and no obstacle.
bool plans_partitions(const PlanInput& input);

/// The vCPUs that have no vcpupin and are not plugged in: they may come at any time, and get no partition.
CpuSet later_vcpus(const Domain& domain);

/// The others, as far as they are pinned: each of them gets a partition.
std::vector<PinnedThread> partitioned_vcpus(const Domain& domain);

/// The CPUs that the emulator and the I/O threads are pinned to and no vCPU is. With partitions they are the
/// VM's alone.
CpuSet helper_cpus(const Domain& domain);

/// The target of the open claim on the exclusive CPUs of the cgroup above QEMU's threads.
inline constexpr std::string_view exclusive_above = "exclusive libvirt";

/// The CPUs that the partitions of a lease have, or will have once its QEMU runs.
struct PartitionCpus {
    CpuSet vcpus;
    CpuSet helpers; // none in a lease of a version that made a partition for each vCPU alone
    bool required = false;

    [[nodiscard]] CpuSet all() const { return vcpus | helpers; }
};

/// None where the lease asks for no partitions, has fallen back, or is ending.
PartitionCpus partition_cpus(const Lease& lease);

struct LeasedCpus {
    CpuSet vcpus;   // of the vCPUs, and those that the host keeps off for them: pinned, isolated or chosen
    CpuSet helpers; // others, of the emulator and the I/O threads

    [[nodiscard]] CpuSet all() const { return vcpus | helpers; }
};

LeasedCpus leased_cpus(const Lease& lease);

/// Whether the lease gives its partitions up for a VM that is pinned to these CPUs: they have the CPU of its
/// emulator or I/O threads, which VMs often share, and its policy does not insist on partitions.
bool gives_way(const Lease& lease, const CpuSet& pinned);

/// Whether the VM is to run in this partition: <resource><partition>/vms</partition> puts it into vms.slice,
/// without systemd into vms.partition.
bool is_home_of(const Domain& domain, const PartitionFacts& partition);

} // namespace hostlease
