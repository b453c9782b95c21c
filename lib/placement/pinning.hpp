// Chooses the CPUs of a VM: whole cores that share as much as possible. The host keeps the rest.
#pragma once

#include "core/cpu_set.hpp"
#include "model/topology.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hostlease {

struct PinningRequest {
    unsigned vcpus = 0;
    CpuSet taken = {}; // CPUs of other VMs' vCPUs; their cores are not available
    // CPUs of other VMs' emulators and I/O threads: shared by helpers, never used for vCPUs
    CpuSet kept = {};
    CpuSet exclusive = {}; // of these, CPUs for helpers only if no others are left
    CpuSet closed = {};    // CPUs that no thread of the VM may use
    CpuSet lent = {};      // of other VMs' helpers: for vCPUs only if a cache has no others left
    // vCPUs of each guest cell, in order; empty: no cells
    std::vector<unsigned> cell_vcpus = {};
    // their names in reasons and warnings; empty: 0, 1, ...
    std::vector<unsigned> cell_ids = {};
    // bytes of each cell; empty: `memory` in proportion to the vCPUs
    std::vector<std::uint64_t> cell_memory = {};
    // preferred nodes of each cell; empty: `near`
    std::vector<NodeSet> cell_near = {};
    unsigned threads = 0; // required threads of each guest core; 0: as many as fit
    // whether the guest can see vCPUs as threads of one core
    bool guest_has_threads = true;
    unsigned iothreads = 0; // the number of I/O threads
    // cores that stay with the host, including CPU 0's; at least 1
    unsigned housekeeping_cores = 2;
    std::uint64_t memory = 0; // of the guest, in bytes; 0: ignored
    // bytes that each node can provide, 0 for one without memory; empty: not known
    std::map<unsigned, std::uint64_t> node_memory = {};
    // bytes of each node's free gigantic pages, for a VM that uses only these; empty: ignored
    std::map<unsigned, std::uint64_t> node_pages = {};
    // preferred nodes, such as those of passed-through devices
    NodeSet near = {};
    // other CPUs of the VM; their caches are preferred
    CpuSet beside = {};
    CorePreference prefer = CorePreference::cache;
    // whether nodes and caches with the most free cores come first, instead of those with the least left over
    bool spread = false;
};

struct Pinning {
    std::vector<unsigned> vcpus; // the CPU of vCPU 0, 1, ...
    CpuSet emulator;             // CPUs of QEMU's other threads
    CpuSet iothreads;            // CPUs of the I/O threads; empty without I/O threads
    // siblings of the vCPUs' CPUs that must stay idle
    CpuSet idle;
    NodeSet nodes;                   // of the vCPUs, and for the memory
    std::vector<NodeSet> cell_nodes; // of each guest cell
    // the guest's topology; the product of these four is the number of vCPUs
    unsigned sockets = 1;
    // one for each of the host's last level caches, where these have equal parts
    unsigned dies = 1;
    unsigned cores = 0;
    unsigned threads = 1;
    std::vector<std::string> reasons;  // one sentence each
    std::vector<std::string> warnings; // one sentence each
    bool operator==(const Pinning&) const = default;
};

/// Chooses as an expert would; the same input gives the same result:
/// - whole cores of one kind, the fastest kind that has enough, or the slowest one if `prefer` says so; never
///   CPU 0's core nor the last `housekeeping_cores`;
/// - vCPU 2k and 2k+1 on the two threads of a core, as QEMU numbers them. If the number of vCPUs, in all or
///   in a cell, is not a multiple of the threads, each vCPU gets a core, as do vCPUs that need cores with an
///   offline thread;
/// - one NUMA node, otherwise as few as possible, with equal parts if these fit; each guest cell on its own
///   node if possible;
/// - in a node one last level cache, otherwise as few as possible, with equal parts if these fit. Among
///   equals: the most free cores if `spread`, then the largest cache or the highest clock, as `prefer` says,
///   then not CPU 0's cache, then the least left over;
/// - emulator and I/O threads on cores that stay with the host, on the same node if possible, I/O threads
///   below the same cache.
/// The error says why there is no place and how large a VM could be.
tl::expected<Pinning, std::string> choose_pinning(const HostTopology& topology,
                                                  const PinningRequest& request);

/// Places QEMU's other threads beside vCPUs on these CPUs: fills `emulator`, `iothreads` and `warnings` as
/// choose_pinning() does. The emulator gets no CPU if the vCPUs leave none.
Pinning choose_helpers(const HostTopology& topology, const PinningRequest& request, const CpuSet& vcpus);

/// The largest number of vCPUs that choose_pinning() can place, with the rest of the request unchanged and
/// without guest cells; 0 if none.
unsigned most_vcpus(const HostTopology& topology, const PinningRequest& request);

} // namespace hostlease
