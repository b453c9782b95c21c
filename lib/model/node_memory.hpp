// How much of a VM's memory each NUMA node can hold.
#pragma once

#include "model/audit_facts.hpp"

#include <cstdint>
#include <map>

namespace hostlease {

/// Bytes by node; a node whose size is not known has no entry.
using NodeMemory = std::map<unsigned, std::uint64_t>;

/// What each node can give the VM: its size but for a small rest while the VM runs, else no more than is available, with the free huge pages.
NodeMemory memory_of_nodes(const AuditFacts& host);

/// Whether these nodes together can hold so much; true where the size of one is not known.
bool can_hold(const NodeMemory& room, const NodeSet& nodes, std::uint64_t memory);

} // namespace hostlease
