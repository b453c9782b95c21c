#include "suggest/pinning_words.hpp"

#include "core/units.hpp"

#include <algorithm>
#include <set>

namespace hostlease {

namespace {
std::string count_of(std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// "4 performance cores"; only hybrid CPUs have kinds to tell apart.
std::string cores_of_kind(const HostTopology& topology, std::size_t count, unsigned kind, const std::string& how) {
    if (topology.kinds() == 2) return count_of(count, how + (kind == 0 ? "performance core" : "efficient core"));
    return count_of(count, how + "core") + (topology.kinds() == 1 ? "" : " of kind " + std::to_string(kind));
}

void explain_threads(const HostTopology& topology, const PinningRequest& request, unsigned kind, Pinning& pinning) {
    const auto per_core = topology.threads_per_core(kind);
    if (per_core == 1) return;
    if (pinning.threads > 1) {
        pinning.reasons.push_back("vCPU 0 and " + std::to_string(pinning.threads - 1) +
                                  " are threads of one core, and so on, as QEMU numbers them");
        return;
    }
    const bool is_odd = request.vcpus % per_core != 0;
    const bool is_odd_cell =
        std::any_of(request.cell_vcpus.begin(), request.cell_vcpus.end(), [&](unsigned vcpus) { return vcpus % per_core != 0; });
    const std::string multiple = " no multiple of the " + std::to_string(per_core) + " threads of a core";
    pinning.reasons.push_back((is_odd        ? count_of(request.vcpus, "vCPU") + (request.vcpus == 1 ? " is" : " are") + multiple
                               : is_odd_cell ? "a guest cell's vCPUs are" + multiple
                                             : std::string("too few cores have all their threads online")) +
                              ": each vCPU has a core of its own");
    if (!pinning.idle.empty())
        pinning.reasons.push_back("CPU " + to_list(pinning.idle) +
                                  (pinning.idle.count() == 1 ? " is the other thread" : " are the other threads") +
                                  " of these cores: nothing else should run there");
}

std::size_t caches_of(const CoreList& cores) {
    std::set<unsigned> caches;
    for (const auto* core : cores)
        caches.insert(core->cache);
    return caches.size();
}

/// How the guest's vCPUs are spread in one cell.
void explain_part(const PlacedPart& part, bool has_cells, Pinning& pinning) {
    const auto caches = caches_of(part.cores);
    pinning.reasons.push_back((has_cells ? "guest cell " + std::to_string(part.cell) + " is on node " : "node ") +
                              std::to_string(part.node) + (has_cells ? ", " : " has ") +
                              (caches == 1 ? (has_cells ? "below one last level cache" : "them below one last level cache")
                                           : (has_cells ? "below " : "them below ") + std::to_string(caches) +
                                                 " last level caches, the fewest that have as many cores"));
}

void warn_of_memory(const PinningRequest& request, const std::vector<PlacedPart>& parts, Pinning& pinning) {
    std::size_t total = 0;
    std::map<unsigned, std::size_t> cores;
    for (const auto& part : parts) {
        total += part.cores.size();
        cores[part.node] += part.cores.size();
    }
    for (const auto& [node, count] : cores) {
        const auto found = request.node_memory.find(node);
        const auto needed = request.memory / std::max<std::size_t>(total, 1) * count;
        if (found != request.node_memory.end() && found->second < needed)
            pinning.warnings.push_back("node " + std::to_string(node) + " has " + format_size(found->second) +
                                       " of memory to give, " + format_size(needed) + " would be wanted there");
    }
}
} // namespace

void explain_cores(const HostTopology& topology, const PinningRequest& request, const CorePool& pool, const CoreList& cores,
                   Pinning& pinning) {
    const auto kind = cores.front()->kind;
    pinning.reasons.push_back(count_of(request.vcpus, "vCPU") + " on " + cores_of_kind(topology, cores.size(), kind, "whole "));
    explain_threads(topology, request, kind, pinning);
    if (kind > 0)
        pinning.warnings.push_back("the fastest cores have room for " + count_of(pool.most_vcpus(0), "vCPU") +
                                   " only: these are slower ones");
}

void explain_nodes(const PinningRequest& request, const std::vector<PlacedPart>& parts, Pinning& pinning) {
    const bool has_cells = request.cell_vcpus.size() > 1;
    if (has_cells || pinning.nodes.count() == 1)
        for (const auto& part : parts)
            explain_part(part, has_cells, pinning);
    if (!has_cells && pinning.nodes.count() > 1) {
        std::string each;
        for (const auto& part : parts)
            each += (each.empty() ? "" : " and ") + std::to_string(part.cores.size());
        pinning.warnings.push_back("no node has cores enough: " + each + " cores of node " + to_list(pinning.nodes) +
                                   "; give the guest as many NUMA cells, so that it knows");
    }
    for (std::size_t cell = 0; has_cells && cell < pinning.cell_nodes.size(); ++cell) {
        const auto& nodes = pinning.cell_nodes[cell];
        if (nodes.count() > 1)
            pinning.warnings.push_back("guest cell " + std::to_string(cell) + " is on several nodes, " + to_list(nodes) +
                                       ": none has cores enough left");
        for (std::size_t other = 0; other < cell; ++other)
            if (nodes.intersects(pinning.cell_nodes[other]))
                pinning.warnings.push_back("guest cells " + std::to_string(other) + " and " + std::to_string(cell) +
                                           " are both on node " + to_list(nodes & pinning.cell_nodes[other]));
    }
    warn_of_memory(request, parts, pinning);
}

void explain_host(const HostTopology& topology, const CorePool& pool, const CoreList& cores, Pinning& pinning) {
    CpuSet left;
    for (const auto* core : pool.free())
        if (std::find(cores.begin(), cores.end(), core) == cores.end()) left |= core->threads;
    const auto count = pool.free().size() - cores.size();
    pinning.reasons.push_back("the host keeps " + count_of(count, "core") + ", CPU " + to_list(left));
    // the sizing table of the guides
    if (topology.cores.size() >= 16 && count < 4)
        pinning.warnings.push_back("the guides leave four cores or more to a host of this size");
}

std::string explain_refusal(const HostTopology& topology, const PinningRequest& request, const CorePool& pool) {
    const auto threads = std::max(topology.threads_per_core(), 1U);
    const auto below = request.vcpus / threads; // whole cores
    const auto room = pool.most_cores(0, threads);
    std::string text = count_of(request.vcpus, "vCPU") + (request.vcpus == 1 ? " finds" : " find") + " no place: ";
    if (request.vcpus % threads != 0)
        text += "as no multiple of the " + std::to_string(threads) + " threads of a core, they need a whole core each; ";
    for (unsigned kind = 0; kind < topology.kinds(); ++kind)
        text += (kind == 0 ? "" : ", ") + cores_of_kind(topology, pool.most_cores(kind, 1), kind, "");
    text += " can be had, ";
    text += pool.housekeeping() == 1 ? "CPU 0's core stays with the host"
                                     : count_of(pool.housekeeping(), "core") + " stay with the host, CPU 0's among them";
    if (topology.kinds() > 1) text += ", and a VM gets one kind of core";
    const auto most = most_vcpus(topology, request);
    if (most == 0) return text + "; no VM fits";
    text += "; the largest VM has " + count_of(most, "vCPU");
    if (request.vcpus % threads != 0 && below > 0 && below <= room && below * threads != most)
        text += ", the nearest ones " + std::to_string(below * threads) +
                (below + 1 <= room ? " or " + std::to_string((below + 1) * threads) : "");
    return text;
}

} // namespace hostlease
