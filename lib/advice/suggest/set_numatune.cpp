// Binds the guest's memory to the nodes of the CPUs that its vCPUs are pinned to.
#include "advice/suggest/scene.hpp"
#include "read/xml_number.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace hostlease {

namespace {
/// The pins of the current text, which an earlier remedy may have changed.
std::map<unsigned, CpuSet> pins_of(XmlNode& root) {
    std::map<unsigned, CpuSet> pins;
    XmlNode* cputune = root.find("cputune");
    if (cputune == nullptr) return pins;
    for (const XmlNode* pin : cputune->children("vcpupin")) {
        const auto vcpu = parse_xml_number<unsigned>(pin->attribute("vcpu").value_or(""));
        const auto cpus = parse_libvirt_list(pin->attribute("cpuset").value_or(""));
        if (vcpu && cpus) pins[*vcpu] = *cpus;
    }
    return pins;
}

class Binder {
  public:
    explicit Binder(SuggestScene& scene) : scene_(scene), pins_(pins_of(scene.root)) {
        const auto cells = vcpus_of_cells(domain_);
        for (const auto& cell : cells)
            cells_.push_back(nodes_of(cell));
        all_ = nodes_of(CpuSet::range(0, domain_.vcpus - 1));
        for (unsigned cell = 0; cell < cells.size(); ++cell)
            if (cells[cell].empty()) memory_alone_.insert(cell);
        for (auto& nodes : cells_)
            if (nodes.empty()) nodes = all_; // a cell without vCPUs
    }

    void bind() {
        drop_absent_nodes();
        if (pins_.empty() || all_.empty()) return;
        if (known_.count() < 2 && !names_absent_node()) return;
        if (domain_.numa_memory && domain_.numa_memory->automatic) return leave_to_numad();
        bind_all();
        for (unsigned cell = 0; cell < cells_.size(); ++cell)
            bind_cell(cell);
    }

  private:
    /// The nodes of these vCPUs' pins; those without memory only if all of them are.
    [[nodiscard]] NodeSet nodes_of(const CpuSet& vcpus) const {
        NodeSet nodes;
        for (const auto& [vcpu, cpus] : pins_)
            if (vcpus.contains(vcpu)) nodes |= nodes_with_cpus(scene_.request.host.host, cpus);
        return nodes.intersects(with_memory_) ? nodes & with_memory_ : nodes;
    }

    static NodeSet nodes_of_host(const SuggestScene& scene) {
        NodeSet nodes;
        for (const auto& node : scene.request.host.host.nodes)
            nodes.add(node.id);
        return nodes;
    }

    [[nodiscard]] bool names_absent_node() const {
        return (domain_.numa_memory && !domain_.numa_memory->nodes.is_subset_of(known_)) ||
               std::any_of(domain_.numa_cells.begin(), domain_.numa_cells.end(),
                           [&](const NumaCell& cell) { return !cell.nodes.is_subset_of(known_); });
    }

    /// libvirt refuses a nodeset with a node that does not exist. The other nodes of the set stay, because
    /// the owner chose them. Source: virNumaNodesetIsAvailable (libvirt 9.0).
    void drop_absent_nodes() {
        if (domain_.numa_memory) drop_absent(scene_.root.find("numatune/memory"), domain_.numa_memory->nodes);
        for (const auto& cell : domain_.numa_cells)
            drop_absent(memnode_of(cell.cell), cell.nodes);
    }

    void drop_absent(XmlNode* element, const NodeSet& nodes) {
        if (element == nullptr || nodes.is_subset_of(known_) || !nodes.intersects(known_)) return;
        element->set_attribute("nodeset", to_list(nodes & known_));
        scene_.tell("<" + std::string(element->name()) + "> no longer names node " + to_list(nodes - known_) +
                    ", which does not exist on this host");
    }

    XmlNode* memnode_of(unsigned cell) {
        for (XmlNode* element : scene_.root.ensure("numatune").children("memnode"))
            if (element->attribute("cellid") == std::to_string(cell)) return element;
        return nullptr;
    }

    /// Whether these nodes can hold all cells that are bound only to them.
    [[nodiscard]] bool fits_cell(const NodeSet& nodes) const {
        std::uint64_t memory = 0;
        for (const auto& cell : domain_.cells)
            if (cell.id < cells_.size() && cells_[cell.id].is_subset_of(nodes)) memory += cell.memory;
        return can_hold(room_, nodes, memory);
    }

    /// With a static vCPU placement, libvirt requires a nodeset unless the memory's placement is explicitly
    /// automatic. Source: virDomainDefParseXML and virDomainNumatuneSet (libvirt 9.0).
    void leave_to_numad() {
        scene_.root.ensure("numatune/memory").set_attribute("placement", "auto");
        scene_.tell("numad chooses the memory's nodes when the VM starts (placement='auto') and may not "
                    "choose the nodes of the pins");
    }

    /// Says why can_move() is false.
    void tell_of_stay(const std::string& what, NumaMode mode, const NodeSet& nodes) {
        if (mode == NumaMode::interleave)
            return scene_.tell(what + " stays interleaved and is not bound to node " + to_list(nodes) +
                               ": mode='interleave' is your choice");
        if (mode == NumaMode::preferred && nodes.intersects(with_memory_))
            return scene_.tell(what + " keeps its preferred nodes: it does not fit on node " +
                               to_list(nodes) + ", and libvirt may accept only one preferred node");
        tell_of_size(what, nodes);
    }

    void tell_of_size(const std::string& what, const NodeSet& nodes) {
        scene_.tell(what + " is not bound to node " + to_list(nodes) + " strictly because " +
                    (nodes.intersects(with_memory_) ? "it does not fit there" : "that node has no memory"));
    }

    /// With an older libnuma, libvirt 9.0 accepts only one preferred node. Source: virNumaSetupMemoryPolicy.
    [[nodiscard]] bool can_move(NumaMode mode, const NodeSet& nodes, bool is_fitting) const {
        if (mode == NumaMode::interleave || !nodes.intersects(with_memory_)) return false;
        return mode == NumaMode::preferred ? nodes.count() == 1 : is_fitting;
    }

    void write(XmlNode& element, const char* mode, const NodeSet& nodes) {
        if (mode != nullptr) element.set_attribute("mode", mode);
        element.set_attribute("nodeset", to_list(nodes));
    }

    /// Sets <memory>: the memory of guests without cells, and the common setting of all cells.
    void bind_all() {
        const auto& memory = domain_.numa_memory;
        const bool is_fitting = can_hold(room_, all_, ram_size(domain_));
        if (!memory) {
            if (!domain_.numa_cells.empty()) return; // bound cell by cell
            if (!is_fitting) return tell_of_size("memory", all_);
            return write(scene_.root.ensure("numatune/memory"), "strict", all_);
        }
        XmlNode& element = scene_.root.ensure("numatune/memory");
        const auto nodes = memory->nodes & known_;
        const bool has_cells = cells_.size() > 1;
        const bool is_near =
            !nodes.empty() && (has_cells ? all_.is_subset_of(nodes) : nodes.is_subset_of(all_));
        if (has_cells && (is_near || (memory->mode == NumaMode::preferred && !nodes.empty()))) return;
        if (is_near && memory->mode == NumaMode::preferred && can_hold(room_, nodes, ram_size(domain_)))
            return write(element, "strict", nodes);
        if (is_near) return;
        if (memory->mode == NumaMode::preferred && is_fitting) return write(element, "strict", all_);
        if (can_move(memory->mode, all_, is_fitting)) return write(element, nullptr, all_);
        tell_of_stay("memory", memory->mode, all_);
    }

    /// Sets <memnode>. If <memory> is restrictive, each <memnode> must be, too. Source:
    /// virDomainNumatuneNodeParseXML (libvirt 9.0).
    void bind_cell(unsigned cell) {
        const auto& nodes = cells_[cell];
        const auto found = std::find_if(domain_.numa_cells.begin(), domain_.numa_cells.end(),
                                        [&](const NumaCell& bound) { return bound.cell == cell; });
        const auto what = "memory of guest NUMA cell " + std::to_string(cell);
        if (found == domain_.numa_cells.end()) {
            if (cells_.size() < 2) return;
            if (!fits_cell(nodes)) return tell_of_size(what, nodes);
            const bool is_restrictive =
                domain_.numa_memory && domain_.numa_memory->mode == NumaMode::restrictive;
            merge_xml(scene_.root, "<numatune><memnode cellid='" + std::to_string(cell) + "' mode='" +
                                       (is_restrictive ? "restrictive" : "strict") + "' nodeset='" +
                                       to_list(nodes) + "'/></numatune>");
            return;
        }
        if (memory_alone_.contains(cell)) return; // the owner chose the nodes of a cell without vCPUs
        if (found->nodes.intersects(known_) && (found->nodes & known_).is_subset_of(nodes)) return;
        if (!can_move(found->mode, nodes, fits_cell(nodes))) return tell_of_stay(what, found->mode, nodes);
        if (XmlNode* element = memnode_of(cell); element != nullptr) write(*element, nullptr, nodes);
    }

    SuggestScene& scene_;
    const Domain& domain_ = scene_.domain();
    NodeSet known_ = nodes_of_host(scene_);
    NodeSet with_memory_ = nodes_with_memory(scene_.request.host.host);
    std::map<unsigned, CpuSet> pins_;
    NodeMemory room_ = memory_of_nodes(scene_.request.host);
    std::vector<NodeSet> cells_; // the nodes of each, by id
    std::set<unsigned> memory_alone_;
    NodeSet all_;
};
} // namespace

void set_numatune(SuggestScene& scene) { Binder(scene).bind(); }

} // namespace hostlease
