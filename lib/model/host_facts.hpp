// What the planner knows of the machine. Sizes are bytes. Filled by host/facts, or by hand in tests.
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
    std::uint64_t memory = 0;    // MemTotal of the node
    std::uint64_t available = 0; // what could be taken without pushing the node into reclaim of what is in use
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

/// Counters of a pool. Source: Documentation/admin-guide/mm/hugetlbpage.rst; `total` includes surplus, as the file reads.
struct PoolFacts {
    PoolId id;
    std::uint64_t total = 0;
    std::uint64_t free = 0;
    std::uint64_t surplus = 0;
    bool operator==(const PoolFacts&) const = default;

    /// Pages that stay when nobody maps them: what a write to nr_hugepages sets.
    [[nodiscard]] std::uint64_t persistent() const { return total > surplus ? total - surplus : 0; }
};

struct CpufreqPolicy {
    std::string name; // "policy4"
    CpuSet cpus;      // related_cpus
    std::vector<std::string> governors;
    bool has_boost = false;    // a switch of its own, Linux 6.12 and later
    std::uint64_t lowest = 0;  // kHz, what the hardware can do; 0 when not known
    std::uint64_t highest = 0; // kHz
    bool operator==(const CpufreqPolicy&) const = default;
};

/// The disks behind an image of a domain; where there are none, why.
struct ImageFacts {
    std::vector<std::string> devices; // "sda"
    std::string problem;
    bool operator==(const ImageFacts&) const = default;
};

/// A knob's file as it was found.
struct FileFacts {
    enum class Access { readable, missing, unreadable };
    Access access = Access::missing;
    std::string resolved; // the path without symbolic links
    std::string value;    // in the knob's own words
    std::string problem;  // why it cannot be leased, where there is more to say than "missing" or "unreadable"
    bool operator==(const FileFacts&) const = default;
};

/// One of a knob's targets as it was found, for claims on every target.
struct TargetFacts {
    std::string target;
    std::string path;
    std::string value; // in the knob's own words
    bool operator==(const TargetFacts&) const = default;
};

/// A cgroup of the first level that has CPUs for itself.
struct PartitionFacts {
    std::string name;
    std::string state; // "isolated", "root invalid (...)"
    CpuSet cpus;
    bool is_for_machines = false; // VMs are in it
    bool is_inside = false;       // it is none itself: partitions inside it have the CPUs, which other cgroups may name
    bool operator==(const PartitionFacts&) const = default;
};

/// A thread of a running VM by libvirt's name for its cgroup, "vcpu0", and the CPUs that it is pinned to; none: any.
struct MachineThread {
    std::string role;
    CpuSet cpus;
    bool operator==(const MachineThread&) const = default;

    /// "vCPU 0", "iothread 1", "the emulator".
    [[nodiscard]] std::string name() const;
};

/// What is in machine.slice beside the domain: a VM, a container, a scope of somebody's.
struct MachineUnit {
    std::string name;                   // "VM 'win11'", "libpod-1f2e.scope"
    CpuSet cpus;                        // AllowedCPUs of its unit, or what was written to its cgroup; none: any
    CpuSet exclusive;                   // that it has for itself
    std::vector<MachineThread> threads; // of a VM
    bool operator==(const MachineUnit&) const = default;

    /// The CPUs that it, or a thread of it, is bound to. None: it may run on any.
    [[nodiscard]] CpuSet bound_cpus() const;
    /// Whether something of it may run on one of these CPUs.
    [[nodiscard]] bool may_run_on(const CpuSet& some) const;
    /// What of it may run on these CPUs alone: "vCPU 0 of VM 'b'", with those CPUs.
    [[nodiscard]] std::vector<std::pair<std::string, CpuSet>> bound_within(const CpuSet& some) const;
};

/// cgroups, as far as CPUs are concerned. Source: Documentation/admin-guide/cgroup-v2.rst (6.12).
struct CgroupFacts {
    bool has_cpuset = false;                // cgroup v2 with the cpuset controller
    bool has_remote_partitions = false;     // partitions below cgroups that are none, Linux 6.7
    bool has_host_cgroups = true;           // cgroups of the first level whose tasks can be kept off CPUs
    CpuSet machine_slice;                   // what VMs may run on; empty when nothing restricts them
    CpuSet lost;                            // isolated, and in no cgroup's partition any more
    std::vector<MachineUnit> machine;       // where the domain's CPUs are looked at
    std::vector<PartitionFacts> partitions; // of the first level
    std::vector<std::string> services;      // units of system.slice that run: "tuned.service"
    bool operator==(const CgroupFacts&) const = default;
};

/// "CPU 6 was lost ...": why no partition may be made while `lost` has CPUs, and what helps.
std::string lost_cpus_text(const CpuSet& lost);

struct HostFacts {
    CpuSet online;
    CpuSet possible;           // CPUs that the kernel has numbers for
    CpuSet isolated_at_boot;   // by isolcpus=
    std::vector<CpuSet> cores; // the hardware threads of each core with an online CPU, by first CPU
    CgroupFacts cgroups;
    std::string kernel; // "6.1.0-50-amd64"
    std::vector<NodeFacts> nodes;
    std::vector<PoolFacts> pools;
    bool has_numa = true; // false: a kernel without NUMA, whose pools have no node directories
    std::map<std::uint64_t, std::uint64_t>
        reserved_pages;                  // page size -> mapped, not touched yet (resv_hugepages, of the whole host); to
                                         // plan with: but for those of leased VMs
    std::uint64_t default_page_size = 0; // Hugepagesize of /proc/meminfo; 0 when unknown
    std::vector<CpufreqPolicy> cpufreq;
    std::string cpufreq_problem;    // why it could not be looked at; "" when it could
    std::string boost_path;         // the whole host's switch, cpufreq/boost or intel_pstate/no_turbo; "" when there is none
    std::int64_t rt_runtime_us = 0; // kernel.sched_rt_runtime_us, -1: no limit; 0 when not known
    std::map<std::string, ImageFacts> images;          // by the disk's source, where the policy asks for their disks
    std::map<std::string, FileFacts> files;            // by path, for the claims of a plan
    std::map<std::string, std::string> unfit_programs; // of [[command]] entries, by path: why they cannot be run
    std::map<std::string, std::vector<TargetFacts>, std::less<>> targets; // by knob, for its claims on every target
    std::map<PoolId, std::uint64_t> growth_limit; // what growing this pool has shown to be its end, when tried

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
