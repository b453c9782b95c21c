#include "placement/pinning_words.hpp"

#include "core/units.hpp"

#include <algorithm>
#include <set>

namespace hostlease {

namespace {
std::string count_of(std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// "4 performance cores"; only hybrid CPUs have different kinds.
std::string cores_of_kind(const HostTopology& topology, std::size_t count, unsigned kind,
                          const std::string& how) {
    if (topology.kinds() == 2)
        return count_of(count, how + (kind == 0 ? "performance core" : "efficient core"));
    return count_of(count, how + "core") + (topology.kinds() == 1 ? "" : " of kind " + std::to_string(kind));
}

void explain_siblings(const PinningRequest& request, Pinning& pinning) {
    const auto first =
        "vCPU 0" + std::string(pinning.threads == 2 ? " and " : " to ") + std::to_string(pinning.threads - 1);
    pinning.reasons.push_back(
        request.guest_has_threads
            ? first + " are threads of one core, and so on, matching QEMU's numbering"
            : first + " run on threads of one core, and so on; the guest sees each vCPU as a core");
}

void explain_single_threads(const PinningRequest& request, unsigned per_core, Pinning& pinning) {
    const bool is_odd = request.vcpus % per_core != 0;
    const bool is_odd_cell = std::any_of(request.cell_vcpus.begin(), request.cell_vcpus.end(),
                                         [&](unsigned vcpus) { return vcpus % per_core != 0; });
    const bool has_cells = request.cell_vcpus.size() > 1;
    const std::string multiple = " not a multiple of the " + std::to_string(per_core) + " threads of a core";
    if (request.vcpus == 1) return; // "1 vCPU on 1 whole core" says it all
    pinning.reasons.push_back((is_odd        ? count_of(request.vcpus, "vCPU") + " are" + multiple
                               : is_odd_cell ? "a guest NUMA cell's vCPUs are" + multiple
                               : request.threads == 1 && has_cells
                                   ? std::string("guest NUMA cells would split the threads of a core")
                                   : std::string("too few cores have all threads online")) +
                              ": each vCPU gets its own core");
}

void explain_threads(const HostTopology& topology, const PinningRequest& request, unsigned kind,
                     Pinning& pinning) {
    const auto per_core = topology.threads_per_core(kind);
    if (per_core == 1) return;
    if (pinning.threads > 1)
        explain_siblings(request, pinning);
    else
        explain_single_threads(request, per_core, pinning);
    const bool is_one = request.vcpus == pinning.threads;
    if (!pinning.idle.empty())
        pinning.reasons.push_back(
            "CPU " + to_list(pinning.idle) +
            (pinning.idle.count() == 1 ? " is the other thread" : " are the other threads") +
            (is_one ? " of this core" : " of these cores") + ": nothing else should run there");
}

std::size_t caches_of(const CoreList& cores) {
    std::set<unsigned> caches;
    for (const auto* core : cores)
        caches.insert(core->cache);
    return caches.size();
}

std::string name_of_cell(const PinningRequest& request, std::size_t cell) {
    return std::to_string(cell < request.cell_ids.size() ? request.cell_ids[cell] : cell);
}

/// Explains how the guest's vCPUs are spread within one cell.
void explain_part(const PinningRequest& request, const PlacedPart& part, Pinning& pinning) {
    const bool has_cells = request.cell_vcpus.size() > 1;
    const auto caches = caches_of(part.cores);
    pinning.reasons.push_back(
        (has_cells ? "guest NUMA cell " + name_of_cell(request, part.cell) + " is on node " : "node ") +
        std::to_string(part.node) + (has_cells ? ", " : " has ") +
        (caches == 1 ? (has_cells            ? "under one last-level cache"
                        : request.vcpus == 1 ? "it under one last-level cache"
                                             : "them under one last-level cache")
                     : (has_cells ? "under " : "them under ") + std::to_string(caches) +
                           " last-level caches, the fewest with enough cores"));
}

/// Warns of guest cells that share a node.
void warn_of_sharing(const PinningRequest& request, Pinning& pinning) {
    for (const unsigned node : pinning.nodes.members()) {
        std::vector<std::string> names;
        for (std::size_t cell = 0; cell < pinning.cell_nodes.size(); ++cell)
            if (pinning.cell_nodes[cell].contains(node)) names.push_back(name_of_cell(request, cell));
        if (names.size() < 2) continue;
        std::string text = "guest NUMA cells " + names.front();
        for (std::size_t index = 1; index < names.size(); ++index)
            text += (index + 1 == names.size() ? " and " : ", ") + names[index];
        pinning.warnings.push_back(text + (names.size() == 2 ? " are both on node " : " are all on node ") +
                                   std::to_string(node));
    }
}

void warn_of_memory(const PinningRequest& request, const std::vector<PlacedPart>& parts, Pinning& pinning) {
    std::vector<unsigned> cells(std::max<std::size_t>(request.cell_vcpus.size(), 1));
    for (const auto& part : parts)
        cells[part.cell] += static_cast<unsigned>(part.cores.size());
    std::map<unsigned, std::uint64_t> needs;
    for (const auto& part : parts)
        needs[part.node] += memory_of(request, cells, part.cell, static_cast<unsigned>(part.cores.size()));
    for (const auto& [node, needed] : needs) {
        const auto found = request.node_memory.find(node);
        if (found != request.node_memory.end() && found->second < needed)
            pinning.warnings.push_back("node " + std::to_string(node) + " has " +
                                       (found->second == 0 ? "no" : format_size(found->second) + " of") +
                                       " free memory, but the VM needs " + format_size(needed) + " on it");
    }
}

/// If the last-level caches of this kind of core differ: which ones the vCPUs are below, and how to get the
/// others.
void explain_caches(const HostTopology& topology, const PinningRequest& request, const CorePool& pool,
                    const CoreList& cores, Pinning& pinning) {
    std::map<std::uint64_t, CpuSet, std::greater<>> sizes;
    for (const auto& core : topology.cores)
        if (core.kind == cores.front()->kind && core.cache_size > 0) sizes[core.cache_size] |= core.threads;
    if (sizes.size() < 2) return;
    std::string text = "the last-level caches differ in size: ";
    for (const auto& [size, cpus] : sizes)
        text += (text.back() == ' ' ? "" : ", ") + format_size(size) + " for CPU " + to_list(cpus);
    const bool has_best = std::all_of(cores.begin(), cores.end(),
                                      [&](const auto* core) { return pool.better_caches(*core) == 0; });
    const bool wants_cache = request.prefer != CorePreference::frequency;
    if (has_best && wants_cache)
        text += "; the vCPUs run under the largest (--prefer frequency chooses the highest clock instead)";
    if (has_best && !wants_cache)
        text += "; the vCPUs run on the cores with the highest clock, as --prefer frequency requests";
    if (!has_best)
        text += std::string("; not all vCPUs fit ") +
                (wants_cache ? "under the largest" : "on the cores with the highest clock");
    (has_best ? pinning.reasons : pinning.warnings).push_back(text);
}

/// The first core is one of them unless no VM may use it anyway. It is CPU 0's only if CPU 0 is
/// online.
std::string cores_kept(std::size_t count, const CorePool& pool) {
    const auto& free = pool.free();
    const auto first =
        std::find_if(free.begin(), free.end(), [&](const auto* core) { return pool.is_first(*core); });
    if (first == free.end()) return count_of(count, "core") + " kept for the host";
    const auto cpu = "CPU " + std::to_string((*first)->threads.members().front());
    return count == 1 ? "the core of " + cpu + " kept for the host"
                      : count_of(count, "core") + " kept for the host including that of " + cpu;
}
} // namespace

void explain_cores(const HostTopology& topology, const PinningRequest& request, const CorePool& pool,
                   const CoreList& cores, Pinning& pinning) {
    const auto kind = cores.front()->kind;
    pinning.reasons.push_back(count_of(request.vcpus, "vCPU") + " on " +
                              cores_of_kind(topology, cores.size(), kind, "whole "));
    explain_threads(topology, request, kind, pinning);
    explain_caches(topology, request, pool, cores, pinning);
    const bool wants_slow = request.prefer == CorePreference::efficiency;
    const unsigned wanted = wants_slow ? topology.kinds() - 1 : 0;
    if (wants_slow && kind == wanted && topology.kinds() > 1)
        pinning.reasons.push_back("the vCPUs run on the slowest cores, as --prefer efficiency requests");
    if (kind != wanted)
        pinning.warnings.push_back(
            (wants_slow ? "the slowest cores have room for " : "the fastest cores have room for ") +
            count_of(pool.most_vcpus(wanted), "vCPU") + " only, so " + (wants_slow ? "faster" : "slower") +
            " cores are used");
}

void explain_nodes(const PinningRequest& request, const std::vector<PlacedPart>& parts, Pinning& pinning) {
    const bool has_cells = request.cell_vcpus.size() > 1;
    if (has_cells || pinning.nodes.count() == 1)
        for (const auto& part : parts)
            explain_part(request, part, pinning);
    if (!has_cells && pinning.nodes.count() > 1) {
        std::string each;
        for (const auto& part : parts)
            each += (each.empty() ? "" : " and ") + std::to_string(part.cores.size());
        pinning.warnings.push_back("no node has enough cores: " + each + " cores of node " +
                                   to_list(pinning.nodes) +
                                   "; define as many NUMA cells so that the guest knows its topology");
    }
    for (std::size_t cell = 0; has_cells && cell < pinning.cell_nodes.size(); ++cell) {
        const auto& nodes = pinning.cell_nodes[cell];
        if (nodes.count() > 1)
            pinning.warnings.push_back("guest NUMA cell " + name_of_cell(request, cell) +
                                       " spans several nodes, " + to_list(nodes) +
                                       ": no node has enough free cores");
    }
    if (has_cells) warn_of_sharing(request, pinning);
    warn_of_memory(request, parts, pinning);
}

void explain_host(const HostTopology& topology, const CorePool& pool, const CoreList& cores,
                  Pinning& pinning) {
    CpuSet left;
    for (const auto* core : pool.free())
        if (std::find(cores.begin(), cores.end(), core) == cores.end()) left |= core->threads;
    const auto count = pool.free().size() - cores.size();
    pinning.reasons.push_back("the host keeps " + count_of(count, "core") + ", CPU " + to_list(left));
    const auto wanted = cores_for_host(topology.cores.size());
    if (count + pool.closed() < wanted)
        pinning.warnings.push_back("a host of this size should keep at least " +
                                   std::string(wanted == 4 ? "four" : "two") + " cores");
}

std::string explain_refusal(const HostTopology& topology, const PinningRequest& request,
                            const CorePool& pool) {
    const auto threads = std::max(topology.threads_per_core(), 1U);
    const auto below = request.vcpus / threads; // whole cores
    const auto room = pool.most_cores(0, threads);
    std::string text =
        count_of(request.vcpus, "vCPU") + (request.vcpus == 1 ? " does" : " do") + " not fit: ";
    const bool are_odd = request.threads == 0 && request.vcpus % threads != 0;
    if (request.threads == 1 && threads > 1)
        text += "each needs a whole core because the guest's cores have one thread; ";
    else if (are_odd)
        text += "because they are not a multiple of the " + std::to_string(threads) +
                " threads of a core, each needs a whole core; ";
    for (unsigned kind = 0; kind < topology.kinds(); ++kind)
        text += (kind == 0 ? "" : ", ") + cores_of_kind(topology, pool.most_cores(kind, 1), kind, "");
    text += " available, ";
    const auto kept = std::min<std::size_t>(pool.housekeeping(), topology.cores.size());
    text += cores_kept(kept, pool);
    if (topology.kinds() > 1) text += "; a VM gets only one kind of core";
    const auto most = most_vcpus(topology, request);
    if (most == 0) return text + "; no VM fits";
    text += "; the largest VM that fits has " + count_of(most, "vCPU");
    if (are_odd && below > 0 && below <= room && below * threads != most)
        text += ", the nearest even sizes have " + std::to_string(below * threads) +
                (below + 1 <= room ? " or " + std::to_string((below + 1) * threads) : "");
    return text;
}

} // namespace hostlease
