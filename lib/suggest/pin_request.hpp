// What a VM asks of the host's CPUs, as choose_pinning() takes it.
#pragma once

#include "suggest/pinning.hpp"
#include "suggest/scene.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// A request for some of the domain's vCPUs, with the CPUs of all other VMs taken. `cells` has those of each guest cell, by id, or one set
/// where the guest has no cells; cells without vCPUs have no part in it. The result's vCPUs are in the order of the cells.
PinningRequest request_for(const SuggestScene& scene, const std::vector<CpuSet>& cells);

/// The domain's vCPUs, in cells as above.
std::vector<CpuSet> all_vcpus(const Domain& domain);

/// Whether each guest core of so many threads, as QEMU numbers them, is within one of the cells.
bool holds_whole_cores(const std::vector<CpuSet>& cells, unsigned threads);

/// CPUs that no thread of the domain may run on: outside machine.slice, in others' partitions, or lost by the kernel.
CpuSet barred_cpus(const AuditFacts& host, const Domain& domain);

/// CPUs that the host's own work is kept off from boot on, where these vCPUs' CPUs are among them: QEMU's own threads then go elsewhere.
void keep_helpers_off_isolated(const SuggestScene& scene, const CpuSet& vcpus, PinningRequest& request);

/// A place for a request: on CPUs that are isolated at boot where these are enough. Where there are too few CPUs otherwise, those of the
/// VM's own emulator, then of other VMs' emulators and I/O threads have to do, and then those of VMs that do not run now, with a warning.
/// `request` becomes the one that was met. The error is that of the request as it was.
tl::expected<Pinning, std::string> find_place(const SuggestScene& scene, PinningRequest& request);

} // namespace hostlease
