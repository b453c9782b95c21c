// Which huge pages a domain will map, by libvirt's and QEMU's arithmetic. Placing them on the host's nodes
// comes later.
#pragma once

#include "knobs/knob.hpp"

#include <map>
#include <set>

namespace hostlease {

/// Where the pages of a block may come from.
enum class PageSource {
    bound,     // only from `nodes`, any mix of them (strict, restrictive)
    spread,    // one page in turn from each of `nodes`, from others of them when one is empty (interleave)
    preferred, // from `nodes` first, then from anywhere
    anywhere   // no request: near the pinned CPUs first
};

/// One memory backend of QEMU: a guest cell, the whole memory, or a memory device.
struct PageDemand {
    std::string what; // "guest cell 0", "memory", "dimm on line 40"
    std::uint64_t memory = 0;
    std::uint64_t page_size = 0;
    std::uint64_t pages = 0;
    PageSource source = PageSource::anywhere;
    NodeSet nodes; // empty for anywhere
    // for anywhere, if hostlease chose the CPUs: the number of the block's vCPUs on each node
    std::map<unsigned, unsigned> vcpus_by_node = {};
};

/// The demands of the domain's XML, with sizes aligned as libvirt aligns them between prepare and start.
/// Notes report errors (a block smaller than its page) and surprises (placement='auto'). Source: libvirt 9.0
/// qemuBuildMemoryGetPagesize, qemuDomainAlignMemorySizes, qemuBuildMemoryBackendProps.
std::vector<PageDemand> page_demands(const PlanInput& input, Diagnostics& notes);

/// Of the domain's huge pages; empty if it has none.
std::set<std::uint64_t> page_sizes_of(const Domain& domain, const HostFacts& host);

} // namespace hostlease
