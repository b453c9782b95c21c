// The facts of the machine that `hostlease audit` needs beyond the planner's. host/audit_facts or a test
// fills them.
#pragma once

#include "core/cpu_set.hpp"
#include "model/domain.hpp"
#include "model/host_facts.hpp"
#include "model/lease.hpp"
#include "model/other_domain.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// A block device behind one of the domain's images.
struct DiskFacts {
    std::string scheduler; // "none"; "" if unknown
    bool rotational = false;
    bool operator==(const DiskFacts&) const = default;
};

/// The state of a path that the domain names.
struct PathFacts {
    bool exists = true;
    std::string problem = {}; // why it could not be checked, so `exists` is meaningless; "": checked
    bool operator==(const PathFacts&) const = default;
};

struct AuditFacts {
    HostFacts host;
    std::string cpu_vendor;          // "GenuineIntel"
    std::set<std::string> cpu_flags; // of the first CPU
    // the text of knobs and parameters by path; missing files have no entry
    std::map<std::string, std::string, std::less<>> files;
    std::vector<CpuSet> caches; // the CPUs of each last level cache
    CpuSet performance_cpus;    // of a hybrid CPU; empty elsewhere
    CpuSet efficient_cpus;
    std::map<std::string, DiskFacts> disks; // by device, "sda"
    std::map<std::string, PathFacts, std::less<>>
        paths; // the paths of named_paths(), with every link followed
    // NUMA nodes of the domain's PCI devices; no entry: not known
    std::map<PciAddress, unsigned> pci_nodes;
    std::vector<OtherDomain> others;          // from libvirt's files
    std::vector<Lease> leases;                // of other domains
    std::map<PoolId, std::uint64_t> promised; // pages that other domains will still map
    bool is_running = false;                  // the domain itself
    std::string others_problem;               // why other domains could not be read
    bool has_hugetlb_mount = false;
    bool trims_disks = false; // fstrim.timer is enabled
    std::string hook;         // the path of the installed hook; "": not installed
    std::string hook_problem; // why libvirt would not run the hook

    /// The value of a file; "" if it is missing.
    [[nodiscard]] std::string value(std::string_view path) const {
        const auto found = files.find(path);
        return found == files.end() ? std::string() : found->second;
    }
    [[nodiscard]] bool has(std::string_view path) const { return files.contains(path); }
};

} // namespace hostlease
