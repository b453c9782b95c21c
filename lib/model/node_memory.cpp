#include "model/node_memory.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::uint64_t rest_of_node = 32; // the kernel and QEMU's own memory need 1/32 of a node

/// A host has memory: if no node has any, the sizes could not be read.
bool has_known_sizes(const HostFacts& host) {
    return std::any_of(host.nodes.begin(), host.nodes.end(),
                       [](const NodeFacts& node) { return node.memory > 0; });
}
} // namespace

NodeMemory memory_of_nodes(const HostFacts& host, bool is_running,
                           const std::set<std::uint64_t>* page_sizes) {
    const auto counts = [&](std::uint64_t size) {
        return page_sizes == nullptr || page_sizes->contains(size);
    };
    NodeMemory memory;
    if (!has_known_sizes(host)) return memory;
    for (const auto& node : host.nodes) {
        const auto size = node.memory - node.memory / rest_of_node;
        auto available = node.available;
        for (const auto& pool : host.pools)
            if (pool.id.node == node.id && counts(pool.id.page_size))
                available += pool.free * pool.id.page_size;
        memory[node.id] = is_running ? size : std::min(size, available);
    }
    return memory;
}

NodeSet nodes_with_cpus(const HostFacts& host, const CpuSet& cpus) {
    NodeSet nodes;
    for (const auto& node : host.nodes)
        if (node.cpus.intersects(cpus)) nodes.add(node.id);
    return nodes;
}

NodeSet nodes_with_memory(const HostFacts& host) {
    const bool is_known = has_known_sizes(host);
    NodeSet nodes;
    for (const auto& node : host.nodes)
        if (node.memory > 0 || !is_known) nodes.add(node.id);
    return nodes;
}

bool can_hold(const NodeMemory& room, const NodeSet& nodes, std::uint64_t memory) {
    std::uint64_t sum = 0;
    for (const unsigned node : nodes.members()) {
        const auto found = room.find(node);
        if (found == room.end()) return true;
        sum += found->second;
    }
    return memory <= sum;
}

} // namespace hostlease
