// Removes the pins of a domain, so that a policy can choose its CPUs at each start.
#include "advice/suggest/scene.hpp"
#include "knobs/parts/placed.hpp"

#include <algorithm>
#include <string>

namespace hostlease {

namespace {
/// The nodes of the CPUs of <vcpu cpuset>, and of those that these vCPUs are pinned to.
NodeSet nodes_of(const SuggestScene& scene, const CpuSet& vcpus) {
    const auto& domain = scene.domain();
    CpuSet cpus = domain.vcpu_cpus;
    for (const auto& pin : domain.vcpu_pins)
        if (vcpus.contains(pin.id)) cpus |= pin.cpus;
    return nodes_with_cpus(scene.request.host.host, cpus);
}

/// The nodes that <numatune> names. With placement 'auto' numad chooses the nodes, so they are not known.
NodeSet bound_nodes(const Domain& domain) {
    NodeSet nodes;
    if (domain.numa_memory && !domain.numa_memory->automatic) nodes = domain.numa_memory->nodes;
    for (const auto& cell : domain.numa_cells)
        nodes |= cell.nodes;
    return nodes;
}

/// Whether the memory of the VM, and of each guest cell, is bound only to nodes of its vCPUs.
bool follows_pins(const SuggestScene& scene) {
    const auto& domain = scene.domain();
    const auto all = nodes_of(scene, CpuSet::range(0, domain.vcpus - 1));
    const auto& memory = domain.numa_memory;
    if (memory && !memory->automatic && !memory->nodes.is_subset_of(all)) return false;
    const auto cells = vcpus_of_cells(domain);
    return std::all_of(domain.numa_cells.begin(), domain.numa_cells.end(), [&](const NumaCell& bound) {
        const bool has_vcpus = bound.cell < cells.size() && !cells[bound.cell].empty();
        return bound.nodes.is_subset_of(has_vcpus ? nodes_of(scene, cells[bound.cell]) : all);
    });
}

class PinRemover {
  public:
    explicit PinRemover(SuggestScene& scene) : scene_(scene), follows_pins_(follows_pins(scene)) {}

    void remove() {
        for (const auto* element : {"vcpupin", "emulatorpin", "iothreadpin"})
            remove_children("cputune", element);
        remove_vcpu_placement();
        remove_binding();
        remove_if_empty("cputune");
        if (!removed_.empty()) scene_.tell("removed: " + removed_);
        for (const auto* share : {"cachetune", "memorytune"})
            if (scene_.root.find(std::string("cputune/") + share) != nullptr)
                scene_.warn("<" + std::string(share) +
                            "> stays unchanged: its ids name last-level caches of this host, and the VM may "
                            "get another one at each start");
    }

  private:
    void note(const std::string& what) { removed_ += (removed_.empty() ? "" : ", ") + what; }

    void remove_children(const std::string& parent, const std::string& name) {
        XmlNode* node = parent.empty() ? &scene_.root : scene_.root.find(parent);
        const auto children = hostlease::children(node, name);
        for (XmlNode* child : children)
            node->remove(*child);
        if (!children.empty()) note("<" + name + ">");
    }

    void remove_vcpu_placement() {
        XmlNode* vcpu = scene_.root.find("vcpu");
        if (vcpu == nullptr) return;
        if (vcpu->attribute("placement") == "auto") {
            vcpu->remove_attribute("placement");
            note("<vcpu placement='auto'>");
        }
        if (vcpu->attribute("cpuset")) {
            vcpu->remove_attribute("cpuset");
            note("<vcpu cpuset>");
        }
    }

    /// Without a nodeset, numad chooses the nodes of the memory, or the memory follows the vCPUs that numad
    /// places. Source: virDomainNumatuneSet (libvirt 9.0).
    void remove_binding() {
        XmlNode* memory = scene_.root.find("numatune/memory");
        const auto nodes = bound_nodes(scene_.domain());
        if (!nodes.empty() && !follows_pins_)
            scene_.tell("<numatune> stays: the pins do not explain why memory is bound to node " +
                        to_list(nodes) + "; remove it if the memory may be on the node of any CPUs");
        else if (!nodes.empty())
            return remove_children("", "numatune");
        if (memory == nullptr || memory->attribute("nodeset")) return;
        memory->parent()->remove(*memory);
        note("<memory> of <numatune>, which leaves the nodes to numad");
        remove_if_empty("numatune");
    }

    /// An element with comments stays.
    void remove_if_empty(const std::string& name) {
        XmlNode* node = scene_.root.find(name);
        if (node == nullptr || !node->children().empty() || !node->text().empty()) return;
        std::string text;
        node->write(text);
        if (text.ends_with("/>")) scene_.root.remove(*node);
    }

    SuggestScene& scene_;
    bool follows_pins_;
    std::string removed_;
};

void tell_of_policy(SuggestScene& scene) {
    const std::string advice = "place = \"auto\" in its [cpus]";
    const auto* policy = scene.request.policy;
    if (policy == nullptr)
        return scene.warn("no policy chooses CPUs for this VM yet: write one for it with " + advice);
    const Setting* place = policy->find(place_key);
    if (place == nullptr)
        return scene.warn("the policy '" + policy->name + "' does not choose CPUs for this VM: it needs " +
                          advice);
    scene.tell("the policy '" + policy->name + "' chooses CPUs when the VM starts: " +
               std::string(place_key) + " = \"" + place->plain() + "\"");
}
} // namespace

void remove_pins(SuggestScene& scene) {
    PinRemover(scene).remove();
    tell_of_policy(scene);
}

} // namespace hostlease
