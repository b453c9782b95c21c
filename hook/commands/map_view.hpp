// The view of `map`: the owners of the CPUs, and the use of the huge page pools.
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
        shared,       // of several VMs, or of the host and the VMs that are pinned to it
        offline
    };
    Kind kind = Kind::housekeeping;
    std::string name; // "win11"; of shared CPUs "host, win11"
    CpuSet cpus;
};

struct PoolUse {
    std::uint64_t total = 0;
    std::uint64_t leased = 0; // promised to VMs, mapped or not
    std::uint64_t other = 0;  // in use beside that
    [[nodiscard]] std::uint64_t free() const { return total - leased - other; }
};

struct MapView {
    HostFacts facts;
    // the host first, VMs by their leases' age, offline last; none without CPUs
    std::vector<CpuOwner> owners;
    std::map<PoolId, PoolUse> pools;

    /// The owner of a CPU by its place in `owners`.
    [[nodiscard]] std::map<unsigned, std::size_t> owner_of_cpus() const;
};

MapView make_map(HostFacts facts, const std::vector<Lease>& leases);

/// For a terminal of any width from 80 columns; with colours when the terminal has them.
std::string map_text(const MapView& view, bool has_colours);

/// A colour for each owner, "#rrggbb".
std::string colour_of(const MapView& view, std::size_t owner);

/// The picture that lstopo makes of the topology below `root`, in these colours. ErrorKind::unsupported
/// without hwloc or lstopo, or where the root holds no topology.
Result<std::string> map_svg(const MapView& view, const std::string& root);

} // namespace hostlease
