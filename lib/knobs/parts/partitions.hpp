// When the CPUs of a VM can be isolated by cgroup partitions: the cgroup above QEMU's threads becomes a
// partition of the VM's own, and each vCPU an isolated one in it.
#pragma once

#include "knobs/knob.hpp"
#include "knobs/parts/domain_threads.hpp"

#include <vector>

namespace hostlease {

/// "auto", "partition" or "slices".
std::string isolation_method(const Policy& policy);

/// Why partitions cannot isolate the domain's CPUs on this host; "" if they can. Source:
/// Documentation/admin-guide/cgroup-v2.rst, cpuset.cpus.partition, and cpus_excl_conflict() and
/// cpuset_update_tasks_cpumask() of kernel/cgroup/cpuset.c (6.12): the code that moves a task when its
/// cgroup's CPUs change ignores isolcpus=.
std::string partition_obstacle(const PlanInput& input);

/// Whether partitions will isolate the domain's CPUs, which also removes the kernel's own work from them:
/// there are CPUs to isolate, a method that allows partitions, and no obstacle.
bool plans_partitions(const PlanInput& input);

/// The vCPUs that have no vcpupin and are not plugged in: they may come at any time, and get no partition.
CpuSet later_vcpus(const Domain& domain);

/// The pinned vCPUs apart from these: each gets a partition.
std::vector<PinnedThread> partitioned_vcpus(const Domain& domain);

/// The CPUs that the emulator and the I/O threads are pinned to, without those of the vCPUs. With partitions
/// they are exclusive to the VM.
CpuSet helper_cpus(const Domain& domain);

/// The target of the open claim on the exclusive CPUs of the cgroup above QEMU's threads.
inline constexpr std::string_view exclusive_above = "exclusive libvirt";

/// The CPUs that the partitions of a lease have, or will have once its QEMU runs.
struct PartitionCpus {
    CpuSet vcpus;
    CpuSet helpers; // empty in the lease of a version that made a partition for each vCPU only
    bool required = false;

    [[nodiscard]] CpuSet all() const { return vcpus | helpers; }
};

/// Empty if the lease asks for no partitions, has fallen back, or is ending.
PartitionCpus partition_cpus(const Lease& lease);

struct LeasedCpus {
    CpuSet vcpus;   // CPUs of the vCPUs, and those that the host avoids for them: pinned, isolated or chosen
    CpuSet helpers; // the other CPUs of the emulator and the I/O threads
    bool are_exclusive = false; // whether the helpers' CPUs are in the VM's partition as well
    bool is_required = false;   // whether its policy requires the partition

    [[nodiscard]] CpuSet all() const { return vcpus | helpers; }
};

LeasedCpus leased_cpus(const Lease& lease);

/// Whether the lease gives up its partitions for a VM that is pinned to these CPUs: they include the CPU of
/// its emulator or I/O threads, which VMs often share, and its policy does not require partitions.
bool gives_way(const Lease& lease, const CpuSet& pinned);

/// Whether the VM will run in this partition: <resource><partition>/vms</partition> puts it into vms.slice,
/// or without systemd into vms.partition.
bool is_home_of(const Domain& domain, const PartitionFacts& partition);

} // namespace hostlease
