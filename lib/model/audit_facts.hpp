// What `hostlease audit` knows of the machine beyond what the planner needs. Filled by host/audit_facts, or by hand in tests.
#pragma once

#include "core/cpu_set.hpp"
#include "model/host_facts.hpp"
#include "model/lease.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// A block device behind one of the domain's images.
struct DiskFacts {
    std::string scheduler; // "none"; "" when not known
    bool rotational = false;
    bool operator==(const DiskFacts&) const = default;
};

/// Another domain of this host, by libvirt's own files.
struct OtherDomain {
    std::string name;
    CpuSet pinned; // CPUs of its vCPUs, where they are pinned
    bool running = false;
    CpuSet helpers = {}; // CPUs of its emulator and I/O threads, where they are pinned
    bool operator==(const OtherDomain&) const = default;
};

struct AuditFacts {
    HostFacts host;
    std::string cpu_vendor;                                // "GenuineIntel"
    std::set<std::string> cpu_flags;                       // of the first CPU
    std::map<std::string, std::string, std::less<>> files; // knobs and parameters by path; those that are missing have no entry
    std::vector<CpuSet> caches;                            // the CPUs of each last level cache
    CpuSet performance_cpus;                               // of a hybrid CPU; empty elsewhere
    CpuSet efficient_cpus;
    std::map<std::string, DiskFacts> disks; // by device, "sda"
    std::vector<OtherDomain> others;
    std::vector<Lease> leases;                // of other domains
    std::map<PoolId, std::uint64_t> promised; // pages that they will still map
    bool is_running = false;                  // the domain itself
    std::string others_problem;               // why other domains could not be looked at
    bool has_hugetlb_mount = false;
    bool trims_disks = false; // fstrim.timer is enabled
    std::string hook;         // where our hook is, "" when it is not installed
    std::string hook_problem; // why libvirt would not run it

    /// The value of a file, "" when it is missing.
    [[nodiscard]] std::string value(std::string_view path) const {
        const auto found = files.find(path);
        return found == files.end() ? std::string() : found->second;
    }
    [[nodiscard]] bool has(std::string_view path) const { return files.contains(path); }
};

} // namespace hostlease
