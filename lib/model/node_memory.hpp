// The NUMA nodes of CPUs, and how much of a VM's memory each node can hold.
#pragma once

#include "model/audit_facts.hpp"

#include <cstdint>
#include <map>
#include <set>

namespace hostlease {

/// Bytes by node, 0 for a node without memory; empty if the nodes' sizes are not known.
using NodeMemory = std::map<unsigned, std::uint64_t>;

/// The memory that each node can give the VM. While the VM runs, almost the node's size; otherwise the
/// available memory and the free huge pages of these sizes (nullptr: of all sizes).
NodeMemory memory_of_nodes(const HostFacts& host, bool is_running,
                           const std::set<std::uint64_t>* page_sizes = nullptr);
inline NodeMemory memory_of_nodes(const AuditFacts& facts) {
    return memory_of_nodes(facts.host, facts.is_running);
}

/// The nodes of these CPUs.
NodeSet nodes_with_cpus(const HostFacts& host, const CpuSet& cpus);

/// The nodes that have memory; all nodes if their sizes are not known. Some nodes have only CPUs, such as two
/// of the four nodes of a Threadripper 2990WX.
NodeSet nodes_with_memory(const HostFacts& host);

/// Whether these nodes together can hold this memory; true if the size of one is not known.
bool can_hold(const NodeMemory& room, const NodeSet& nodes, std::uint64_t memory);

} // namespace hostlease
