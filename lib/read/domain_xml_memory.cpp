#include "read/domain_xml_reader.hpp"

#include <map>

namespace hostlease {

namespace {
CpuSet cell_ids(const Domain& domain) {
    CpuSet ids;
    for (const auto& cell : domain.cells)
        if (cell.id < CpuSet::limit) ids.add(cell.id);
    return ids;
}

std::optional<HugePage> read_page(DomainReader& reader, XmlElement element, const CpuSet& cells) {
    const auto nodes = attribute_value(element, "nodeset");
    const auto size = reader.size(reader.required(element, "size"), attribute_value(element, "unit"));
    HugePage page{size.value_or(0), reader.set(nodes), element.line()};
    if (size == 0u) reader.error(element.line(), "<page> has size 0");
    if (!size || *size == 0 || (nodes && !page.guest_cells)) return std::nullopt;
    // libvirt drops this nodeset when it defines a domain, so the page size is for all memory
    if (cells.empty() && page.guest_cells == CpuSet{0}) page.guest_cells.reset();
    if (page.guest_cells && !page.guest_cells->is_subset_of(cells)) {
        reader.error(*nodes, "names a guest NUMA cell that <numa> does not have: " +
                                 quoted(to_list(*page.guest_cells - cells)));
        return std::nullopt;
    }
    return page;
}

void read_pages(DomainReader& reader, XmlElement hugepages, Domain& domain) {
    const auto cells = cell_ids(domain);
    CpuSet named;
    unsigned line_for_all = 0;
    for_each_child(hugepages, "page", [&](XmlElement element) {
        auto page = read_page(reader, element, cells);
        if (!page) return;
        if (page->guest_cells && named.intersects(*page->guest_cells))
            return reader.error(element.line(),
                                "<page> names guest NUMA cell " +
                                    quoted(to_list(named & *page->guest_cells)) + " again",
                                "each guest NUMA cell has one page size");
        if (!page->guest_cells && line_for_all != 0)
            return reader.error(element.line(),
                                "<page> without a nodeset occurs twice; the first is in line " +
                                    std::to_string(line_for_all),
                                "each guest NUMA cell has one page size");
        if (page->guest_cells)
            named |= *page->guest_cells;
        else
            line_for_all = element.line();
        domain.backing.pages.push_back(std::move(*page));
    });
}

std::optional<NumaCell> read_numa_cell(DomainReader& reader, XmlElement element, const CpuSet& cells) {
    const auto id_value = reader.required(element, "cellid");
    const auto id = reader.count(id_value);
    auto nodes = reader.set(reader.required(element, "nodeset"));
    const auto mode = reader.numa_mode(element);
    if (id && !cells.contains(*id))
        reader.error(*id_value, "names a guest NUMA cell that <numa> does not have");
    if (!id || !nodes) return std::nullopt;
    return NumaCell{*id, mode, std::move(*nodes), element.line()};
}

// Source: virDomainNumatuneParseXML, virDomainNumatuneSet (libvirt 9.0, src/conf/numa_conf.c): numad also
// places the memory of the vCPUs that it places, and an element without attributes has no effect.
void read_numa_memory(DomainReader& reader, XmlElement element, Domain& domain) {
    if (!element) {
        if (domain.vcpu_placement_auto) domain.numa_memory = NumaMemory{.automatic = true};
        return;
    }
    constexpr std::array<std::string_view, 2> placements{"static", "auto"};
    const auto placement = attribute_value(element, "placement");
    const auto nodes = attribute_value(element, "nodeset");
    if (!placement && !nodes && !element.attribute("mode")) return;
    NumaMemory memory{
        reader.numa_mode(element), {}, reader.word(placement, placements) == 1u, element.line()};
    if (!placement && !nodes && domain.vcpu_placement_auto) memory.automatic = true;
    if (!memory.automatic) {
        if (!nodes)
            reader.error(element.line(), "<memory> in <numatune> has neither a nodeset nor placement='auto'");
        else
            memory.nodes = reader.set(nodes).value_or(NodeSet{});
    }
    domain.numa_memory = std::move(memory);
}
} // namespace

void read_memory_backing(DomainReader& reader, XmlElement element, Domain& domain) {
    if (!element) return;
    constexpr std::array<std::string_view, 3> sources{"anonymous", "file", "memfd"};
    constexpr std::array<std::string_view, 2> accesses{"shared", "private"};
    constexpr std::array<std::string_view, 2> allocations{"immediate", "ondemand"};
    const auto [hugepages, source, access, allocation, locked, nosharepages, discard] = first_children(
        element, {"hugepages", "source", "access", "allocation", "locked", "nosharepages", "discard"});
    auto& backing = domain.backing;
    backing.line = element.line();
    backing.hugepages = static_cast<bool>(hugepages);
    backing.source = reader.known_text(attribute_value(source, "type"), sources);
    backing.access = reader.known_text(attribute_value(access, "mode"), accesses);
    backing.allocation = reader.known_text(attribute_value(allocation, "mode"), allocations);
    backing.allocation_threads =
        reader.count(unless_empty(attribute_value(allocation, "threads"))).value_or(0);
    backing.locked = static_cast<bool>(locked);
    backing.nosharepages = static_cast<bool>(nosharepages);
    backing.discard = static_cast<bool>(discard);
    read_pages(reader, hugepages, domain);
}

void read_numatune(DomainReader& reader, XmlElement numatune, Domain& domain) {
    const auto [memory] = first_children(numatune, {"memory"});
    read_numa_memory(reader, memory, domain);
    const auto cells = cell_ids(domain);
    std::map<unsigned, unsigned> lines;
    for_each_child(numatune, "memnode", [&](XmlElement element) {
        auto cell = read_numa_cell(reader, element, cells);
        if (!cell) return;
        if (const auto [first, is_new] = lines.emplace(cell->cell, element.line()); !is_new)
            return reader.error(element.line(), "<memnode> of cell " + std::to_string(cell->cell) +
                                                    " occurs twice; the first is in line " +
                                                    std::to_string(first->second));
        domain.numa_cells.push_back(std::move(*cell));
    });
}

} // namespace hostlease
