// A VM's request for CPUs, as input of choose_pinning().
#pragma once

#include "model/audit_facts.hpp"
#include "model/node_memory.hpp"
#include "placement/pinning.hpp"

#include <span>
#include <string>
#include <vector>

namespace hostlease {

struct PageRoom;

/// The host and its other VMs.
struct PlaceFacts {
    const HostFacts& host;
    std::span<const OtherDomain> others;
    std::span<const Lease> leases; // of other domains, except those whose CPUs are in `others`
    CpuSet isolated_at_boot;
    bool is_running = false;         // whether the domain itself runs
    const PageRoom* pages = nullptr; // for its huge pages, if pages promised to others are known
    // for its ordinary memory, instead of what the nodes have available now
    const NodeMemory* memory = nullptr;
};

PlaceFacts place_facts(const AuditFacts& facts);

/// The input for the place of a VM.
struct PlaceInput {
    const Domain& domain;
    PlaceFacts host;
    const HostTopology& topology;
    NodeSet near = {}; // nodes of passed-through devices
    CorePreference prefer = CorePreference::cache;
};

/// A request for some of the domain's vCPUs, with the CPUs of all other VMs taken. `cells` has the vCPUs of
/// each guest cell, by id, or one set if the guest has no cells; cells without vCPUs are omitted. The
/// result's vCPUs are in the order of the cells.
PinningRequest request_for(const PlaceInput& input, const std::vector<CpuSet>& cells);

/// Whether the guest can see vCPUs as threads of one core: s390x has no threads in QEMU, and libvirt accepts
/// a topology only for architectures whose <cpu> it accepts.
bool can_have_threads(const Domain& domain);

/// The domain's vCPUs, in cells as above.
std::vector<CpuSet> all_vcpus(const Domain& domain);

/// How many threads of a guest core with this number of threads run on one core of the host, which has `host`
/// of them: all, or all of the host's; one if the guest's are no multiple of these.
unsigned threads_on_core(unsigned guest, unsigned host);

/// Whether each guest core with this number of threads, as QEMU numbers them, is within one of the cells.
bool holds_whole_cores(const std::vector<CpuSet>& cells, unsigned threads);

/// The warning about guest cores whose threads are in different cells; "" if there are none. QEMU and libvirt
/// accept such cells, and a Linux guest ignores that the threads are siblings. Source: topology_sane of
/// arch/x86/kernel/smpboot.c (Linux 6.12).
std::string split_cores_text(const Domain& domain, const std::vector<CpuSet>& cells);

/// CPUs that no thread of the domain may use: outside its slice, in partitions of others, or lost by the
/// kernel.
CpuSet barred_cpus(const PlaceFacts& facts, const Domain& domain);

/// If these vCPUs use CPUs of isolcpus=, keeps QEMU's other threads off the isolated CPUs.
void keep_helpers_off_isolated(const PlaceInput& input, const CpuSet& vcpus, PinningRequest& request);

/// Finds a place for a request, on CPUs of isolcpus= if there are enough. If there are too few CPUs, uses
/// those of the VM's emulator, then of other VMs' emulators and I/O threads, then of VMs that do not run,
/// with a warning. `request` becomes the request that was met. The error belongs to the original request.
tl::expected<Pinning, std::string> find_place(const PlaceInput& input, PinningRequest& request);

/// The domain without its vCPU, emulator and I/O thread pins.
Domain without_pins(Domain domain);

/// The place that the domain would get if it were not pinned. Its vCPUs are in the order of its cells. The
/// error says why there is no place and how large a VM could be.
tl::expected<Pinning, std::string> place_unpinned(const PlaceInput& input);

} // namespace hostlease
