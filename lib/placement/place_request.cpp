#include "placement/place_request.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"
#include "knobs/parts/page_placement.hpp"
#include "knobs/parts/partitions.hpp"
#include "model/cpu_driver.hpp"

#include <algorithm>
#include <set>

namespace hostlease {

namespace {
/// Pinned CPUs of the VM's own emulator and I/O threads, without those of its vCPUs.
CpuSet own_helpers(const Domain& domain) {
    CpuSet cpus = domain.emulator_pin ? domain.emulator_pin->cpus : CpuSet{};
    for (const auto& pin : domain.iothread_pins)
        cpus |= pin.cpus;
    return cpus.intersects(pinned_cpus(domain)) ? CpuSet{} : cpus;
}

CpuSet helpers_of_others(const PlaceFacts& host) {
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

/// CPUs that the owner chose for the vCPUs by pins or <vcpu cpuset>; empty if these are all CPUs, or if none
/// of them exists.
CpuSet chosen_cpus(const PlaceInput& input) {
    const auto& online = input.topology.online;
    const auto chosen = pinned_cpus(input.domain) & online;
    return chosen == online ? CpuSet{} : chosen;
}

/// The vCPUs of guest cores that are not within one cell.
CpuSet split_vcpus(const std::vector<CpuSet>& cells, unsigned threads) {
    CpuSet split;
    for (const auto& cell : cells)
        for (const unsigned vcpu : cell.members()) {
            const auto first = vcpu / threads * threads;
            if (!CpuSet::range(first, first + threads - 1).is_subset_of(cell)) split.add(vcpu);
        }
    return split;
}

/// The memory nodes of the only cell that has vCPUs, if the other cells have only memory.
NodeSet nodes_of_only_cell(const Domain& domain) {
    const auto cells = vcpus_of_cells(domain);
    const auto has_vcpus = [](const CpuSet& cell) { return !cell.empty(); };
    if (std::count_if(cells.begin(), cells.end(), has_vcpus) != 1) return {};
    return nodes_of_cell(
        domain, static_cast<unsigned>(std::find_if(cells.begin(), cells.end(), has_vcpus) - cells.begin()));
}

/// Nodes that the VM should be near: those of its devices, else those of its memory, else those that its
/// owner pinned it to.
NodeSet nodes_to_be_near(const PlaceInput& input) {
    const auto& domain = input.domain;
    if (!input.near.empty()) return input.near;
    if (const auto nodes = nodes_of_only_cell(domain); !nodes.empty()) return nodes;
    const auto& memory = domain.numa_memory;
    if (memory && !memory->nodes.empty()) return memory->nodes;
    return nodes_with_cpus(input.host.host, chosen_cpus(input));
}

/// Bytes by node; empty if the host has no pool of such a size.
NodeMemory free_pages(const HostFacts& host, const std::set<std::uint64_t>& sizes) {
    NodeMemory pages;
    for (const auto& pool : host.pools)
        if (sizes.contains(pool.id.page_size)) pages[pool.id.node] += pool.free * pool.id.page_size;
    return pages;
}

/// What the nodes can give. The kernel rarely finds gigantic pages after boot, so for a VM that has no
/// smaller ones, the free ones count as well.
void add_memory(const Domain& domain, const PlaceFacts& host, PinningRequest& request) {
    const auto sizes = page_sizes_of(domain, host.host);
    request.node_memory = memory_of_nodes(host.host, host.is_running, &sizes);
    if (sizes.empty() && host.memory != nullptr) request.node_memory = *host.memory;
    if (host.is_running || sizes.empty()) return;
    if (host.pages != nullptr && !request.node_memory.empty()) request.node_memory = host.pages->all;
    if (*sizes.begin() >= GiB)
        request.node_pages = host.pages != nullptr ? host.pages->free : free_pages(host.host, sizes);
}

void add_cells(const Domain& domain, const std::vector<CpuSet>& cells, PinningRequest& request) {
    if (std::count_if(cells.begin(), cells.end(), [](const CpuSet& cell) { return !cell.empty(); }) < 2)
        return;
    for (unsigned id = 0; id < cells.size(); ++id) {
        if (cells[id].empty()) continue;
        request.cell_ids.push_back(id);
        request.cell_vcpus.push_back(cells[id].count());
        request.cell_memory.push_back(domain.cells[id].memory);
        request.cell_near.push_back(nodes_of_cell(domain, id));
    }
}

bool is_as_good(const Pinning& one, const Pinning& other) {
    return one.threads == other.threads && one.nodes.count() <= other.nodes.count() &&
           one.sockets * one.dies <= other.sockets * other.dies &&
           one.warnings.size() <= other.warnings.size();
}

/// Uses CPUs that are isolated at boot if there are enough; else those that the owner chose, if they are as
/// good as any.
tl::expected<Pinning, std::string> find_free_place(const PlaceInput& input, PinningRequest& request) {
    const auto& topology = input.topology;
    if (const auto& isolated = input.host.isolated_at_boot; !isolated.empty()) {
        auto inside = request;
        inside.kept |= topology.online - isolated;
        if (auto pinning = choose_pinning(topology, inside)) {
            request = std::move(inside);
            return pinning;
        }
    }
    auto anywhere = choose_pinning(topology, request);
    if (const auto chosen = chosen_cpus(input); anywhere && !chosen.empty()) {
        auto inside = request;
        inside.kept |= topology.online - chosen;
        if (auto pinning = choose_pinning(topology, inside); pinning && is_as_good(*pinning, *anywhere))
            return pinning;
    }
    return anywhere;
}
} // namespace

PlaceFacts place_facts(const AuditFacts& facts) {
    const auto isolated = facts.value("/sys/devices/system/cpu/isolated");
    return {.host = facts.host,
            .others = facts.others,
            .leases = facts.leases,
            .isolated_at_boot = parse_cpu_list(isolated).value_or(CpuSet{}),
            .is_running = facts.is_running};
}

std::vector<CpuSet> all_vcpus(const Domain& domain) {
    auto cells = vcpus_of_cells(domain);
    if (cells.empty()) cells.push_back(CpuSet::range(0, domain.vcpus - 1));
    return cells;
}

bool holds_whole_cores(const std::vector<CpuSet>& cells, unsigned threads) {
    return split_vcpus(cells, threads).empty();
}

std::string split_cores_text(const Domain& domain, const std::vector<CpuSet>& cells) {
    if (!domain.topology || cells.size() < 2) return {};
    const CpuSet vcpus = split_vcpus(cells, domain.topology->threads);
    if (vcpus.empty()) return {};
    return "vCPU " + to_list(vcpus) +
           " are threads of guest cores that the guest's NUMA cells split: they run on different cores of "
           "the host; give each cell whole guest cores";
}

CpuSet barred_cpus(const PlaceFacts& facts, const Domain& domain) {
    const auto& cgroups = facts.host.cgroups;
    CpuSet cpus;
    for (const auto& slice : cgroups.slices_of(domain.partition))
        cpus |= facts.host.online - slice.cpus;
    for (const auto& lease : facts.leases) // other slices lack the CPUs of partitions; see the loops below
        cpus -= partition_cpus(lease).all();
    cpus |= cgroups.lost;
    for (const auto& partition : cgroups.partitions)
        if (!partition.is_for_machines && !is_home_of(domain, partition)) cpus |= partition.cpus;
    for (const auto& lease : facts.leases) {
        const auto owned = partition_cpus(lease);
        cpus |= owned.required ? owned.all() : owned.vcpus;
    }
    return cpus;
}

bool can_have_threads(const Domain& domain) {
    return !domain.arch.starts_with("s390") && has_cpu_driver(domain.arch);
}

unsigned threads_on_core(unsigned guest, unsigned host) {
    const auto most = std::max(host, 1U);
    return guest <= most ? guest : guest % most == 0 ? most : 1;
}

PinningRequest request_for(const PlaceInput& input, const std::vector<CpuSet>& cells) {
    const auto& domain = input.domain;
    const auto& host = input.host;
    PinningRequest request;
    for (const auto& cell : cells)
        request.vcpus += cell.count();
    for (const auto& other : host.others)
        request.taken |= other.pinned;
    request.closed = barred_cpus(host, domain);
    for (const auto& other : host.others)
        (other.is_required ? request.closed : request.exclusive) |= other.exclusive;
    request.kept = own_helpers(domain) | helpers_of_others(host);
    request.iothreads = domain.iothreads;
    request.memory = ram_size(domain);
    add_memory(domain, host, request);
    request.near = nodes_to_be_near(input);
    request.prefer = input.prefer;
    request.guest_has_threads = can_have_threads(domain);
    add_cells(domain, cells, request);
    return request;
}

void keep_helpers_off_isolated(const PlaceInput& input, const CpuSet& vcpus, PinningRequest& request) {
    const auto& isolated = input.host.isolated_at_boot;
    if (vcpus.intersects(isolated)) request.kept |= input.topology.online - isolated;
}

tl::expected<Pinning, std::string> find_place(const PlaceInput& input, PinningRequest& request) {
    if (auto pinning = find_free_place(input, request)) return pinning;
    request.kept = helpers_of_others(input.host);
    auto pinning = find_free_place(input, request);
    if (pinning) return pinning;
    auto less = request;
    less.kept = {};
    if (auto beside = find_free_place(input, less)) {
        beside->warnings.push_back(
            "vCPUs share CPUs with QEMU's own threads of other VMs because too few other CPUs are free: " +
            pinning.error());
        request = std::move(less);
        return beside;
    }
    for (const auto& other : input.host.others)
        if (!other.running) less.taken -= other.pinned;
    for (const auto& other : input.host.others)
        if (other.running) less.taken |= other.pinned;
    if (auto shared = find_free_place(input, less)) {
        shared->warnings.push_back(
            "the VM shares CPUs with VMs that are not running because too few other CPUs are free: " +
            pinning.error());
        request = std::move(less);
        return shared;
    }
    return pinning;
}

Domain without_pins(Domain domain) {
    domain.vcpu_cpus = {};
    domain.vcpu_pins.clear();
    domain.emulator_pin.reset();
    domain.iothread_pins.clear();
    return domain;
}

tl::expected<Pinning, std::string> place_unpinned(const PlaceInput& input) {
    const Domain domain = without_pins(input.domain);
    const PlaceInput unpinned{.domain = domain,
                              .host = input.host,
                              .topology = input.topology,
                              .near = input.near,
                              .prefer = input.prefer};
    const auto cells = all_vcpus(domain);
    auto request = request_for(unpinned, cells);
    if (domain.topology && holds_whole_cores(cells, domain.topology->threads))
        request.threads = threads_on_core(domain.topology->threads, input.topology.threads_per_core());
    auto pinning = find_place(unpinned, request);
    if (auto text = split_cores_text(domain, cells); pinning && !text.empty())
        pinning->warnings.push_back(std::move(text));
    return pinning;
}

} // namespace hostlease
