#include "knobs/parts/page_demand.hpp"

#include "core/units.hpp"
#include "model/node_memory.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::uint64_t system_page = 4 * KiB;

struct Alignment {
    std::uint64_t memory; // of each guest cell, or of the whole VM
    std::uint64_t device;
};

Alignment alignment_of(const Domain& domain) {
    if (domain.arch.starts_with("ppc64")) return {256 * MiB, 256 * MiB};
    return {MiB, 2 * MiB};
}

/// Page size of a block that belongs to guest cell `cell`; 0 for ordinary pages.
std::uint64_t page_size_for(const Domain& domain, std::uint64_t default_size, std::optional<unsigned> cell) {
    if (!domain.backing.hugepages) return 0;
    const auto known = [&](std::uint64_t size) { return size == 0 ? default_size : size; };
    if (domain.backing.pages.empty()) return default_size;
    const HugePage* general = nullptr;
    for (const auto& page : domain.backing.pages) {
        // without guest cells libvirt drops nodeset='0' when it defines the domain
        const bool for_all = !page.guest_cells || (domain.cells.empty() && page.guest_cells->contains(0));
        if (for_all) general = &page;
        if (page.guest_cells && cell && page.guest_cells->contains(*cell)) return known(page.size);
    }
    return general == nullptr ? 0 : known(general->size);
}

bool uses_default_size(const MemoryBacking& backing) {
    return backing.hugepages &&
           (backing.pages.empty() || std::any_of(backing.pages.begin(), backing.pages.end(),
                                                 [](const HugePage& page) { return page.size == 0; }));
}

PageSource source_of(NumaMode mode) {
    switch (mode) {
    case NumaMode::strict:
    case NumaMode::restrictive: return PageSource::bound;
    case NumaMode::interleave: return PageSource::spread;
    case NumaMode::preferred: return PageSource::preferred;
    }
    return PageSource::bound;
}

/// Host nodes of a block in libvirt's order of precedence: device nodemask > numad > memnode > numatune
/// memory > nothing.
void bind_to_nodes(const Domain& domain, std::optional<unsigned> cell, const MemoryDevice* device,
                   PageDemand& demand) {
    const auto& memory = domain.numa_memory;
    const auto cell_setting = std::find_if(domain.numa_cells.begin(), domain.numa_cells.end(),
                                           [&](const NumaCell& one) { return cell && one.cell == *cell; });
    const bool has_cell = cell_setting != domain.numa_cells.end();
    const NumaMode mode = has_cell ? cell_setting->mode : memory ? memory->mode : NumaMode::strict;
    if (device != nullptr && device->source_nodes)
        demand.nodes = *device->source_nodes;
    else if (memory && memory->automatic)
        return; // numad decides after this hook has run
    else if (has_cell)
        demand.nodes = cell_setting->nodes;
    else if (memory)
        demand.nodes = memory->nodes;
    if (demand.nodes.empty()) return;
    demand.source = source_of(mode);
}

void add_demand(PageDemand demand, Diagnostics& notes, std::vector<PageDemand>& list) {
    if (demand.page_size <= system_page || demand.memory == 0) return;
    const SourcePosition nowhere;
    if (demand.memory < demand.page_size) {
        notes.error(nowhere,
                    demand.what + " of " + format_size(demand.memory) + " is smaller than its huge page of " +
                        format_size(demand.page_size),
                    "QEMU refuses this: use a smaller page size in <hugepages>, or assign more memory");
        return;
    }
    // Source: host_memory_backend_memory_complete of backends/hostmem.c (QEMU 9.1). Older versions refuse
    // this for memory that is bound to nodes or a memfd, and round up otherwise.
    if (demand.memory % demand.page_size != 0)
        notes.warning(nowhere,
                      demand.what + " of " + format_size(demand.memory) +
                          " is not a multiple of its page size " + format_size(demand.page_size) +
                          ": QEMU 9.1 and newer do not start such a VM",
                      "assign " + format_size(round_up(demand.memory, demand.page_size)) +
                          ", or a smaller page size in <hugepages>");
    demand.pages = round_up(demand.memory, demand.page_size) / demand.page_size;
    list.push_back(std::move(demand));
}

/// Memory follows the CPUs that the policy chose, unless it names the nodes.
void note_vcpus(const PlanInput& input, std::optional<unsigned> cell, PageDemand& demand) {
    const bool is_placed = input.placement != nullptr && input.placement->is_found();
    const bool has_nodes = !input.policy.get("hugepages.node", NodeSet{}).empty();
    if (!is_placed || demand.source != PageSource::anywhere || has_nodes) return;
    const auto cells = vcpus_of_cells(input.domain);
    for (const auto& pin : input.domain.vcpu_pins) {
        if (cell && *cell < cells.size() && !cells[*cell].contains(pin.id)) continue;
        for (const unsigned node : nodes_with_cpus(input.facts, pin.cpus).members())
            ++demand.vcpus_by_node[node];
    }
}

void add_memory(const PlanInput& input, Diagnostics& notes, std::vector<PageDemand>& list) {
    const Domain& domain = input.domain;
    const auto alignment = alignment_of(domain).memory;
    if (domain.cells.empty()) {
        std::uint64_t devices = 0;
        for (const auto& device : domain.memory_devices)
            devices += device.size;
        PageDemand demand{.what = "memory",
                          .memory = round_up(domain.memory - std::min(domain.memory, devices), alignment),
                          .page_size = page_size_for(domain, input.facts.default_page_size, std::nullopt)};
        bind_to_nodes(domain, std::nullopt, nullptr, demand);
        note_vcpus(input, std::nullopt, demand);
        add_demand(std::move(demand), notes, list);
    }
    for (const auto& cell : domain.cells) {
        PageDemand demand{.what = "guest NUMA cell " + std::to_string(cell.id),
                          .memory = round_up(cell.memory, alignment),
                          .page_size = page_size_for(domain, input.facts.default_page_size, cell.id)};
        bind_to_nodes(domain, cell.id, nullptr, demand);
        note_vcpus(input, cell.id, demand);
        add_demand(std::move(demand), notes, list);
    }
}

void add_devices(const PlanInput& input, Diagnostics& notes, std::vector<PageDemand>& list) {
    for (const auto& device : input.domain.memory_devices) {
        if (!device.is_ram()) continue;
        // virtio-mem maps memory as the guest plugs it; the requested size is what it will map first
        const auto size = device.model == "virtio-mem" ? device.requested.value_or(0) : device.size;
        PageDemand demand{.what = device.model + " on line " + std::to_string(device.line),
                          .memory = round_up(size, alignment_of(input.domain).device),
                          .page_size = device.source_page_size.value_or(page_size_for(
                              input.domain, input.facts.default_page_size, device.target_cell))};
        bind_to_nodes(input.domain, device.target_cell, &device, demand);
        // Source: virtio_mem_device_realize, hw/virtio/virtio-mem.c (QEMU 7.2)
        if (device.block && *device.block < demand.page_size)
            notes.error({},
                        demand.what + " has blocks of " + format_size(*device.block) +
                            ", smaller than its huge pages of " + format_size(demand.page_size) +
                            ": QEMU does not start",
                        "use blocks of " + format_size(demand.page_size) +
                            ", or smaller pages in <hugepages>");
        add_demand(std::move(demand), notes, list);
    }
}
} // namespace

std::vector<PageDemand> page_demands(const PlanInput& input, Diagnostics& notes) {
    std::vector<PageDemand> list;
    if (uses_default_size(input.domain.backing) && input.facts.default_page_size == 0) {
        notes.error({}, "the domain asks for the host's default huge page size, but /proc/meminfo names none",
                    "name the size: <hugepages><page size='2' unit='MiB'/></hugepages>");
        return list;
    }
    add_memory(input, notes, list);
    add_devices(input, notes, list);
    if (!list.empty())
        for (const auto& argument : input.domain.qemu_arguments)
            if (replaces_memory(argument))
                notes.warning(
                    {},
                    argument.option + " of <qemu:commandline> (line " + std::to_string(argument.line) +
                        " of the domain's XML) replaces the memory that hostlease counts the pages for",
                    "remove the argument and describe the memory in <memory> and <memoryBacking>");
    if (!list.empty() && input.domain.numa_memory && input.domain.numa_memory->automatic)
        notes.warning(
            {}, "numad chooses the domain's NUMA nodes, but only after hostlease has reserved the pages",
            "hostlease reserves pages near the pinned CPUs, otherwise on any node; set <memory nodeset=...> "
            "to choose");
    return list;
}

std::set<std::uint64_t> page_sizes_of(const Domain& domain, const HostFacts& host) {
    std::set<std::uint64_t> sizes;
    if (!domain.backing.hugepages) return sizes;
    for (const auto& page : domain.backing.pages)
        sizes.insert(page.size != 0 ? page.size : host.default_page_size);
    if (sizes.empty()) sizes.insert(host.default_page_size);
    return sizes;
}

} // namespace hostlease
