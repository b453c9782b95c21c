#include "suggest/pin_request.hpp"

#include "core/parse.hpp"
#include "knobs/partitions.hpp"

#include <algorithm>

namespace hostlease {

namespace {
CpuSet isolated_at_boot(const SuggestScene& scene) {
    return parse_cpu_list(scene.request.host.value("/sys/devices/system/cpu/isolated")).value_or(CpuSet{});
}

/// CPUs of the VM's own emulator and I/O threads, as far as they are pinned, and not to its vCPUs' CPUs.
CpuSet own_helpers(const Domain& domain) {
    CpuSet cpus = domain.emulator_pin ? domain.emulator_pin->cpus : CpuSet{};
    for (const auto& pin : domain.iothread_pins)
        cpus |= pin.cpus;
    return cpus.intersects(pinned_cpus(domain)) ? CpuSet{} : cpus;
}

CpuSet helpers_of_others(const AuditFacts& host) {
    CpuSet cpus;
    for (const auto& other : host.others)
        cpus |= other.helpers;
    return cpus;
}

/// The nodes that a cell's memory is bound to.
NodeSet nodes_of_cell(const Domain& domain, unsigned cell) {
    for (const auto& bound : domain.numa_cells)
        if (bound.cell == cell) return bound.nodes;
    return {};
}

/// Nodes that the VM is to be near: those of its devices, else those its memory comes from.
NodeSet nodes_to_be_near(const SuggestScene& scene) {
    const auto& domain = scene.domain();
    if (!scene.request.near.empty()) return scene.request.near;
    if (domain.cells.size() == 1 && !domain.numa_cells.empty()) return domain.numa_cells.front().nodes;
    const auto& memory = domain.numa_memory;
    return memory && memory->mode != NumaMode::interleave ? memory->nodes : NodeSet{};
}

void add_cells(const Domain& domain, const std::vector<CpuSet>& cells, PinningRequest& request) {
    if (std::count_if(cells.begin(), cells.end(), [](const CpuSet& cell) { return !cell.empty(); }) < 2) return;
    for (unsigned id = 0; id < cells.size(); ++id) {
        if (cells[id].empty()) continue;
        request.cell_ids.push_back(id);
        request.cell_vcpus.push_back(cells[id].count());
        request.cell_memory.push_back(domain.cells[id].memory);
        request.cell_near.push_back(nodes_of_cell(domain, id));
    }
}

/// On CPUs that are isolated at boot, where there are any and they are enough.
tl::expected<Pinning, std::string> place(const SuggestScene& scene, PinningRequest& request) {
    const auto& topology = *scene.request.topology;
    if (const auto isolated = isolated_at_boot(scene); !isolated.empty()) {
        auto inside = request;
        inside.kept |= topology.online - isolated;
        if (auto pinning = choose_pinning(topology, inside)) {
            request = std::move(inside);
            return pinning;
        }
    }
    return choose_pinning(topology, request);
}
} // namespace

std::vector<CpuSet> all_vcpus(const Domain& domain) {
    auto cells = vcpus_of_cells(domain);
    if (cells.empty()) cells.push_back(CpuSet::range(0, domain.vcpus - 1));
    return cells;
}

bool holds_whole_cores(const std::vector<CpuSet>& cells, unsigned threads) {
    return std::all_of(cells.begin(), cells.end(), [&](const CpuSet& cell) {
        const auto vcpus = cell.members();
        return std::all_of(vcpus.begin(), vcpus.end(), [&](unsigned vcpu) {
            const auto first = vcpu / threads * threads;
            return CpuSet::range(first, first + threads - 1).is_subset_of(cell);
        });
    });
}

CpuSet barred_cpus(const AuditFacts& host, const Domain& domain) {
    const auto& cgroups = host.host.cgroups;
    CpuSet cpus = cgroups.lost;
    const bool in_slice = domain.partition.empty() || domain.partition.starts_with("/machine");
    if (in_slice && !cgroups.machine_slice.empty()) cpus |= host.host.online - cgroups.machine_slice;
    for (const auto& partition : cgroups.partitions)
        if (!partition.is_for_machines && !is_home_of(domain, partition)) cpus |= partition.cpus;
    for (const auto& lease : host.leases) {
        const auto owned = partition_cpus(lease);
        cpus |= owned.required ? owned.all() : owned.vcpus;
    }
    return cpus;
}

PinningRequest request_for(const SuggestScene& scene, const std::vector<CpuSet>& cells) {
    const auto& domain = scene.domain();
    const auto& host = scene.request.host;
    PinningRequest request;
    for (const auto& cell : cells)
        request.vcpus += cell.count();
    for (const auto& other : host.others)
        request.taken |= other.pinned;
    request.closed = barred_cpus(host, domain);
    request.kept = own_helpers(domain) | helpers_of_others(host);
    request.iothreads = domain.iothreads;
    request.memory = domain.memory;
    request.node_memory = memory_of_nodes(host);
    request.near = nodes_to_be_near(scene);
    request.prefer = scene.request.prefer;
    add_cells(domain, cells, request);
    return request;
}

void keep_helpers_off_isolated(const SuggestScene& scene, const CpuSet& vcpus, PinningRequest& request) {
    const auto isolated = isolated_at_boot(scene);
    if (vcpus.intersects(isolated)) request.kept |= scene.request.topology->online - isolated;
}

tl::expected<Pinning, std::string> find_place(const SuggestScene& scene, PinningRequest& request) {
    if (auto pinning = place(scene, request)) return pinning;
    request.kept = helpers_of_others(scene.request.host);
    auto pinning = place(scene, request);
    if (pinning) return pinning;
    auto less = request;
    less.kept = {};
    if (auto beside = place(scene, less)) {
        beside->warnings.push_back("vCPUs share CPUs with QEMU's own threads of other VMs, as there are too few others: " +
                                   pinning.error());
        request = std::move(less);
        return beside;
    }
    for (const auto& other : scene.request.host.others)
        if (!other.running) less.taken -= other.pinned;
    for (const auto& other : scene.request.host.others)
        if (other.running) less.taken |= other.pinned;
    if (auto shared = place(scene, less)) {
        shared->warnings.push_back("CPUs are shared with VMs that do not run now, as there are too few others: " +
                                   pinning.error());
        request = std::move(less);
        return shared;
    }
    return pinning;
}

} // namespace hostlease
