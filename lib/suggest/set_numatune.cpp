// Where the guest's memory comes from: the nodes of the CPUs that its vCPUs are pinned to.
#include "core/parse.hpp"
#include "suggest/scene.hpp"

#include <map>
#include <string>

namespace hostlease {

namespace {
/// The pins as the text has them by now.
std::map<unsigned, CpuSet> pins_of(XmlNode& root) {
    std::map<unsigned, CpuSet> pins;
    XmlNode* cputune = root.find("cputune");
    if (cputune == nullptr) return pins;
    for (const XmlNode* pin : cputune->children("vcpupin")) {
        const auto vcpu = parse_integer<unsigned>(pin->attribute("vcpu").value_or(""));
        const auto cpus = parse_cpu_list(pin->attribute("cpuset").value_or(""));
        if (vcpu && cpus) pins[*vcpu] = *cpus;
    }
    return pins;
}

NodeSet nodes_of(const HostFacts& facts, const CpuSet& cpus) {
    NodeSet nodes;
    for (const auto& node : facts.nodes)
        if (node.cpus.intersects(cpus)) nodes.add(node.id);
    return nodes;
}

void set_strict(XmlNode& element, const NodeSet& nodes) {
    element.set_attribute("mode", "strict");
    element.remove_attribute("placement");
    element.set_attribute("nodeset", to_list(nodes));
}
} // namespace

void set_numatune(SuggestScene& scene) {
    const auto& facts = scene.request.host.host;
    const auto& domain = scene.domain();
    const auto pins = pins_of(scene.root);
    if (pins.empty() || facts.nodes.size() < 2) return;
    CpuSet all;
    for (const auto& [vcpu, cpus] : pins)
        all |= cpus;
    const auto nodes = nodes_of(facts, all);
    if (nodes.empty()) return;
    XmlNode& numatune = scene.root.ensure("numatune");
    set_strict(numatune.ensure("memory"), nodes);
    if (domain.cells.size() < 2) {
        for (XmlNode* one : numatune.children("memnode"))
            numatune.remove(*one);
        return;
    }
    for (const auto& cell : domain.cells) {
        CpuSet cpus;
        for (const unsigned vcpu : cell.vcpus.members())
            if (const auto pin = pins.find(vcpu); pin != pins.end()) cpus |= pin->second;
        const auto id = std::to_string(cell.id);
        const auto own = cpus.empty() ? nodes : nodes_of(facts, cpus); // a cell of memory alone
        merge_xml(scene.root, "<numatune><memnode cellid='" + id + "' mode='strict' nodeset='" + to_list(own) + "'/></numatune>");
    }
}

} // namespace hostlease
