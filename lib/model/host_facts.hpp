// The planner's facts about the machine. Sizes are in bytes. host/facts or a test fills them.
#pragma once

#include "core/cpu_set.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hostlease {

struct NodeFacts {
    unsigned id = 0;
    CpuSet cpus;
    std::uint64_t memory = 0; // MemTotal of the node
    // memory that can be taken without reclaiming memory in use
    std::uint64_t available = 0;
    bool operator==(const NodeFacts&) const = default;
};

/// Identity of a huge page pool: one page size on one node.
struct PoolId {
    unsigned node = 0;
    std::uint64_t page_size = 0;
    auto operator<=>(const PoolId&) const = default;
};

/// "node0/hugepages-2048kB", the name of a pool in claims, records and messages.
std::string to_text(PoolId id);
/// The reverse of to_text.
std::optional<PoolId> parse_pool_id(std::string_view text);

/// Counters of a pool. Source: Documentation/admin-guide/mm/hugetlbpage.rst; `total` includes surplus, as the
/// file reads.
struct PoolFacts {
    PoolId id;
    std::uint64_t total = 0;
    std::uint64_t free = 0;
    std::uint64_t surplus = 0;
    bool operator==(const PoolFacts&) const = default;

    /// Pages that stay if no process maps them; a write to nr_hugepages sets their number.
    [[nodiscard]] std::uint64_t persistent() const { return total > surplus ? total - surplus : 0; }
};

struct CpufreqPolicy {
    std::string name; // "policy4"
    CpuSet cpus;      // related_cpus
    std::vector<std::string> governors;
    bool has_boost = false;    // a boost switch for each policy, Linux 6.12 and later
    std::uint64_t lowest = 0;  // kHz, the hardware's limit; 0: not known
    std::uint64_t highest = 0; // kHz
    bool operator==(const CpufreqPolicy&) const = default;
};

/// The disks behind an image of a domain, or why none was found.
struct ImageFacts {
    std::vector<std::string> devices; // "sda"
    std::string problem;
    bool operator==(const ImageFacts&) const = default;
};

/// The file of a knob as it was read.
struct FileFacts {
    enum class Access { readable, missing, unreadable };
    Access access = Access::missing;
    std::string resolved; // the path without symbolic links
    std::string value;    // in the knob's format
    // why it cannot be leased, if "missing" or "unreadable" does not say enough
    std::string problem;
    bool operator==(const FileFacts&) const = default;
};

/// A target of a knob as it was read, for claims on every target.
struct TargetFacts {
    std::string target;
    std::string path;
    std::string value; // in the knob's format
    bool operator==(const TargetFacts&) const = default;
};

/// A first-level cgroup with exclusive CPUs.
struct PartitionFacts {
    std::string name;
    std::string state; // "isolated", "root invalid (...)"
    CpuSet cpus;
    bool is_for_machines = false; // VMs are in it
    // not a partition itself: partitions inside it have the CPUs, and other cgroups may list them too
    bool is_inside = false;
    bool operator==(const PartitionFacts&) const = default;
};

/// A thread of a running VM: libvirt's name for its cgroup ("vcpu0"), and the CPUs that the thread is pinned
/// to (empty: any).
struct MachineThread {
    std::string role;
    CpuSet cpus;
    bool operator==(const MachineThread&) const = default;

    /// "vCPU 0", "I/O thread 1", "the emulator".
    [[nodiscard]] std::string name() const;
};

/// Another unit in a slice of VMs: a VM, a container, a scope.
struct MachineUnit {
    std::string name; // "VM 'win11'", "libpod-1f2e.scope"
    // AllowedCPUs of the unit, or cpuset.cpus of its cgroup; empty: any
    CpuSet cpus;
    CpuSet exclusive;                   // its exclusive CPUs
    std::vector<MachineThread> threads; // of a VM
    bool operator==(const MachineUnit&) const = default;

    /// The CPUs that the unit or one of its threads is bound to; empty: any.
    [[nodiscard]] CpuSet bound_cpus() const;
    /// Whether any of its threads may run on one of these CPUs.
    [[nodiscard]] bool may_run_on(const CpuSet& some) const;
    /// The unit and those of its threads that may run only on these CPUs, such as "vCPU 0 of VM 'b'", each
    /// with its CPUs.
    [[nodiscard]] std::vector<std::pair<std::string, CpuSet>> bound_within(const CpuSet& some) const;
};

/// A slice, and the CPUs that the VMs in it may use.
struct SliceFacts {
    std::string name; // "machine.slice"
    CpuSet cpus;
    bool operator==(const SliceFacts&) const = default;
};

/// The CPUs of cgroups. Source: Documentation/admin-guide/cgroup-v2.rst (6.12).
struct CgroupFacts {
    bool has_cpuset = false;                // cgroup v2 with the cpuset controller
    bool has_remote_partitions = false;     // partitions below cgroups that are not partitions, Linux 6.7
    bool has_host_cgroups = true;           // cgroups of the first level whose tasks can be kept off CPUs
    std::vector<SliceFacts> slices;         // those that may not use all CPUs
    CpuSet lost;                            // isolated, but no longer in a partition
    std::vector<MachineUnit> machine;       // read only if CPUs are pinned, placed or isolated
    std::vector<PartitionFacts> partitions; // of the first level
    std::vector<std::string> services;      // units of system.slice that run: "tuned.service"
    bool operator==(const CgroupFacts&) const = default;

    /// The slices that restrict the VMs of a <resource><partition> ("": /machine), the outermost first. A
    /// slice is inside its parent, systemd.slice(5). Source of the names: virSystemdMakeSliceName,
    /// src/util/virsystemd.c of libvirt (9.0 to 11.3).
    [[nodiscard]] std::vector<SliceFacts> slices_of(const std::string& partition) const;
};

/// "CPU 6 is isolated, and no cgroup has it: ...": why no partition may be made before the next boot if
/// `lost` is not empty.
std::string lost_cpus_text(const CpuSet& lost);

struct HostFacts {
    CpuSet online;
    CpuSet possible;           // CPUs for which the kernel has numbers
    CpuSet isolated_at_boot;   // by isolcpus=
    std::vector<CpuSet> cores; // the hardware threads of each core with an online CPU, by first CPU
    CgroupFacts cgroups;
    bool has_systemd = false; // systemd runs this host and can be asked
    std::string kernel;       // "6.1.0-50-amd64"
    std::vector<NodeFacts> nodes;
    std::vector<PoolFacts> pools;
    bool has_numa = true; // false: a kernel without NUMA, whose pools have no node directories
    std::map<std::uint64_t, std::uint64_t>
        // by page size: pages of the whole host that are mapped and not touched yet (resv_hugepages); in the
        // facts for a plan, without those of leased VMs
        reserved_pages;
    std::uint64_t default_page_size = 0; // Hugepagesize of /proc/meminfo; 0 if unknown
    std::vector<CpufreqPolicy> cpufreq;
    std::string cpufreq_problem; // why cpufreq could not be read; "" if it could
    // the boost switch of the whole host, cpufreq/boost or intel_pstate/no_turbo; "" if there is none
    std::string boost_path;
    std::int64_t rt_runtime_us = 0; // kernel.sched_rt_runtime_us, -1: no limit; 0 if unknown
    // by the disk's source; only if the policy needs the host's disks
    std::map<std::string, ImageFacts> images;
    std::map<std::string, FileFacts> files; // by path, for the claims of a plan
    // why programs of [[command]] entries cannot be run, by path
    std::map<std::string, std::string> unfit_programs;
    // by knob: the targets of its claims on every target
    std::map<std::string, std::vector<TargetFacts>, std::less<>> targets;
    // how many pages the pool could be grown by, if growing it was tried and stopped early
    std::map<PoolId, std::uint64_t> growth_limit;

    [[nodiscard]] const NodeFacts* node(unsigned id) const;
    [[nodiscard]] const PoolFacts* pool(PoolId id) const;
    /// CPUs that are in partitions of the first level.
    [[nodiscard]] CpuSet partitioned() const;
    /// CPUs that the host itself runs on: online ones that are neither isolated at boot nor in a partition.
    [[nodiscard]] CpuSet own_cpus() const;
    /// The directory of the pool's counters.
    [[nodiscard]] std::string pool_path(PoolId id) const;
};

} // namespace hostlease
