#include "placement/pinning.hpp"

#include "placement/core_pool.hpp"
#include "placement/guest_topology.hpp"
#include "placement/housekeeping.hpp"
#include "placement/pinning_words.hpp"
#include "placement/place_cells.hpp"

#include <algorithm>
#include <numeric>

namespace hostlease {

namespace {
/// Why the request is invalid; "" if it is valid.
std::string mistake_in(const HostTopology& topology, const PinningRequest& request) {
    if (topology.cores.empty()) return "the cores of this host are unknown";
    if (request.vcpus == 0) return "a VM needs at least one vCPU";
    const auto& cells = request.cell_vcpus;
    if (cells.empty()) return {};
    const auto sum = std::accumulate(cells.begin(), cells.end(), 0U);
    if (sum != request.vcpus || std::find(cells.begin(), cells.end(), 0U) != cells.end())
        return "the guest's NUMA cells have " + std::to_string(sum) + " vCPUs, but the VM has " +
               std::to_string(request.vcpus) + "; each cell needs at least one";
    return {};
}

bool is_multiple(const PinningRequest& request, unsigned threads) {
    if (request.threads != 0 && threads != request.threads) return false;
    return request.vcpus % threads == 0 && std::all_of(request.cell_vcpus.begin(), request.cell_vcpus.end(),
                                                       [&](unsigned vcpus) { return vcpus % threads == 0; });
}

/// The kinds of core, the preferred one first.
std::vector<unsigned> kinds_in_order(const HostTopology& topology, CorePreference prefer) {
    std::vector<unsigned> kinds(topology.kinds());
    std::iota(kinds.begin(), kinds.end(), 0U);
    if (prefer == CorePreference::efficiency) std::reverse(kinds.begin(), kinds.end());
    return kinds;
}

/// The cores that each cell needs; a guest without cells is one.
std::vector<unsigned> cores_of_cells(const PinningRequest& request, unsigned threads) {
    auto cells = request.cell_vcpus;
    if (cells.empty()) cells.push_back(request.vcpus);
    for (auto& cell : cells)
        cell /= threads;
    return cells;
}

Pinning pin(const HostTopology& topology, const PinningRequest& request, const CorePool& pool, unsigned kind,
            unsigned threads) {
    Pinning pinning;
    const auto parts =
        place_cells(pool, request, cores_of_cells(request, threads), pool.usable(kind, threads));
    CoreList cores;
    pinning.cell_nodes.resize(request.cell_vcpus.size());
    for (const auto& part : parts) {
        cores.insert(cores.end(), part.cores.begin(), part.cores.end());
        pinning.nodes.add(part.node);
        if (!pinning.cell_nodes.empty()) pinning.cell_nodes[part.cell].add(part.node);
    }
    for (const auto* core : cores) {
        const auto cpus = core->threads.members();
        pinning.vcpus.insert(pinning.vcpus.end(), cpus.begin(), cpus.begin() + threads);
        pinning.idle |= CpuSet(cpus.begin() + threads, cpus.end());
    }
    shape_guest(cores, threads, request.cell_vcpus.size(), pinning);
    explain_cores(topology, request, pool, cores, pinning);
    explain_nodes(request, parts, pinning);
    place_helpers(pool, cores, request.iothreads, pinning);
    explain_host(topology, pool, cores, pinning);
    return pinning;
}
} // namespace

tl::expected<Pinning, std::string> choose_pinning(const HostTopology& topology,
                                                  const PinningRequest& request) {
    if (auto mistake = mistake_in(topology, request); !mistake.empty())
        return tl::unexpected(std::move(mistake));
    const CorePool pool(topology, request);
    for (const unsigned kind : kinds_in_order(topology, request.prefer))
        for (const unsigned threads : {topology.threads_per_core(kind), request.threads, 1U})
            if (threads > 0 && is_multiple(request, threads) &&
                request.vcpus / threads <= pool.most_cores(kind, threads))
                return pin(topology, request, pool, kind, threads);
    return tl::unexpected(explain_refusal(topology, request, pool));
}

Pinning choose_helpers(const HostTopology& topology, const PinningRequest& request, const CpuSet& vcpus) {
    Pinning pinning;
    CoreList cores;
    for (const auto& core : topology.cores) {
        if (!core.threads.intersects(vcpus)) continue;
        cores.push_back(&core);
        pinning.nodes.add(core.node);
    }
    place_helpers(CorePool(topology, request), cores, request.iothreads, pinning);
    return pinning;
}

unsigned most_vcpus(const HostTopology& topology, const PinningRequest& request) {
    const CorePool pool(topology, request);
    unsigned most = 0;
    for (unsigned kind = 0; kind < topology.kinds(); ++kind)
        most = std::max(most, request.threads == 0 ? pool.most_vcpus(kind)
                              : request.threads <= topology.threads_per_core(kind)
                                  ? request.threads * pool.most_cores(kind, request.threads)
                                  : 0);
    return most;
}

} // namespace hostlease
