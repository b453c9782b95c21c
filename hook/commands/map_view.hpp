// The data that `map` shows: the owners of the CPUs, and the use of the huge page pools.
#pragma once

#include "core/cpu_set.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"
#include "model/host_facts.hpp"

#include <map>
#include <string>
#include <vector>

namespace hostlease {

struct CpuOwner {
    enum class Kind {
        housekeeping, // the host's
        vm,           // a VM's own
        shared,       // shared by several VMs, or by the host and VMs that are pinned to it
        offline
    };
    Kind kind = Kind::housekeeping;
    std::string name; // "win11"; for shared CPUs "host, win11"
    CpuSet cpus;
};

struct PoolUse {
    std::uint64_t total = 0;
    std::uint64_t leased = 0; // promised to VMs, mapped or not
    std::uint64_t other = 0;  // otherwise in use
    [[nodiscard]] std::uint64_t free() const { return total - leased - other; }
};

struct MapView {
    HostFacts facts;
    // housekeeping first, then the others by their first CPU, offline last; owners without CPUs are omitted
    std::vector<CpuOwner> owners;
    std::map<PoolId, PoolUse> pools;

    /// The index in `owners` of each CPU's owner.
    [[nodiscard]] std::map<unsigned, std::size_t> owner_of_cpus() const;
};

MapView make_map(HostFacts facts, const std::vector<Lease>& leases);

/// For a terminal of at least 80 columns; `has_colours` if the terminal supports colours.
std::string map_text(const MapView& view, bool has_colours);

/// A colour for each owner, "#rrggbb".
std::string colour_of(const MapView& view, std::size_t owner);

/// lstopo's picture of the topology below `root`, in these colours. ErrorKind::unsupported without hwloc or
/// lstopo, or if the root has no topology.
Result<std::string> map_svg(const MapView& view, const std::string& root);

} // namespace hostlease
