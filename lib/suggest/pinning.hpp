// Which CPUs a VM should have: whole cores that share as much as can be, and what the host keeps.
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
    CpuSet taken = {};  // CPUs that vCPUs of other VMs are pinned to; nobody else gets their cores
    CpuSet kept = {};   // CPUs of other VMs' emulators and I/O threads: the host's, to be shared, never for vCPUs
    CpuSet closed = {}; // CPUs that no thread of the VM may run on
    std::vector<unsigned> cell_vcpus = {};              // of each guest cell, the first one has the first vCPUs; empty: no cells
    std::vector<unsigned> cell_ids = {};                // their names in reasons and warnings; empty: 0, 1, ...
    std::vector<std::uint64_t> cell_memory = {};        // of each, bytes; empty: `memory` in proportion to the vCPUs
    std::vector<NodeSet> cell_near = {};                // nodes that each cell is to be on where it can; empty: as `near`
    unsigned threads = 0;                               // that each guest core must have; 0: as many as fit
    unsigned iothreads = 0;                             // how many there are
    unsigned housekeeping_cores = 2;                    // stay with the host, CPU 0's among them; at least 1
    std::uint64_t memory = 0;                           // of the guest, bytes; 0: not to be looked at
    std::map<unsigned, std::uint64_t> node_memory = {}; // bytes that each node can give; empty: not known
    NodeSet near = {};                                  // nodes to be preferred, such as those of passed-through devices
    CpuSet beside = {};                                 // CPUs of the same VM: caches that these share are preferred
    CorePreference prefer = CorePreference::cache;
};

struct Pinning {
    std::vector<unsigned> vcpus;     // the CPU of vCPU 0, 1, ...
    CpuSet emulator;                 // where QEMU's own threads go
    CpuSet iothreads;                // where the I/O threads go; empty when there are none
    CpuSet idle;                     // threads of the guest's cores that must do nothing: vCPUs have their siblings
    NodeSet nodes;                   // of the vCPUs, and for the memory
    std::vector<NodeSet> cell_nodes; // of each guest cell
    unsigned sockets = 1;            // the guest's topology; the product of these four is the number of vCPUs
    unsigned dies = 1;               // one for each of the host's last level caches, where these have equal parts
    unsigned cores = 0;
    unsigned threads = 1;
    std::vector<std::string> reasons;  // why so, a sentence each
    std::vector<std::string> warnings; // what is not as it should be
    bool operator==(const Pinning&) const = default;
};

/// What an expert would choose, the same for the same input:
/// - whole cores of one kind, the fastest that has enough; never CPU 0's core, nor the last `housekeeping_cores` ones;
/// - vCPU 2k and 2k+1 on the two threads of a core, as QEMU numbers them. A number of vCPUs, in all or in a cell, that is no multiple of the
///   threads gets one vCPU a core, as do vCPUs that need cores with a thread offline;
/// - one NUMA node, else as few as can be, with equal parts where these fit; a guest cell on a node of its own where possible;
/// - in a node one last level cache, else as few as can be, with equal parts where these fit. Where there is a choice, the largest
///   cache or the highest clock, as `prefer` says, not CPU 0's cache, and where least is left over;
/// - emulator and I/O threads on cores that stay with the host, of the same node if any is left there, I/O threads below the same cache.
/// The error says why not, and what the largest VM would be.
tl::expected<Pinning, std::string> choose_pinning(const HostTopology& topology, const PinningRequest& request);

/// Where QEMU's own threads go beside vCPUs on these CPUs: `emulator`, `iothreads` and `warnings` of choose_pinning(). The emulator gets
/// no CPU where the vCPUs leave none.
Pinning choose_helpers(const HostTopology& topology, const PinningRequest& request, const CpuSet& vcpus);

/// The most vCPUs that choose_pinning() finds a place for, with the rest of the request as it is and no guest cells; 0 when there is none.
unsigned most_vcpus(const HostTopology& topology, const PinningRequest& request);

} // namespace hostlease
