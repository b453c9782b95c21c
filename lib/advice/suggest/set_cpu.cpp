// The CPU that the guest sees.
#include "advice/audit/overrides.hpp"
#include "advice/suggest/scene.hpp"

#include <string>

namespace hostlease {

namespace {
XmlNode* feature_of(SuggestScene& scene, std::string_view name) {
    XmlNode* cpu = scene.root.find("cpu");
    if (cpu == nullptr) return nullptr;
    for (XmlNode* feature : cpu->children("feature"))
        if (feature->attribute("name") == name) return feature;
    return nullptr;
}

void remove_feature(SuggestScene& scene, std::string_view name) {
    if (XmlNode* feature = feature_of(scene, name); feature != nullptr) feature->parent()->remove(*feature);
}

bool may_migrate(SuggestScene& scene) {
    XmlNode* cpu = scene.root.find("cpu");
    return cpu != nullptr && cpu->attribute("mode") == "host-model";
}

/// Whether the owner turned a feature off.
bool is_off(SuggestScene& scene, std::string_view name) {
    const auto policy = attribute(feature_of(scene, name), "policy");
    return policy == "disable" || policy == "forbid";
}

void pass_through(SuggestScene& scene, const AuditFinding&) {
    if (may_migrate(scene))
        return scene.tell("<cpu mode='host-model'> stays because it suits VMs that migrate; host-passthrough "
                          "is slightly faster for a VM that does not");
    XmlNode& cpu = scene.root.ensure("cpu");
    if (XmlNode* model = cpu.find("model"); model != nullptr)
        scene.warn("the CPU model '" + model->text() +
                   "' becomes host-passthrough: the VM can no longer migrate to a host with a different CPU");
    cpu.set_attribute("mode", "host-passthrough");
    cpu.set_attribute("check", "none");
    if (scene.audit.is_x86()) cpu.set_attribute("migratable", "off");
    remove_excluded(cpu);
}

void set_migratable(SuggestScene& scene, const AuditFinding&) {
    scene.root.ensure("cpu").set_attribute("migratable", "off");
}

/// For a new <topology>, which becomes -smp.
void tell_overrides(SuggestScene& scene) {
    for (const auto& argument : scene.domain().qemu_arguments)
        if (argument.option == "-cpu" || argument.option == "-smp")
            scene.warn(argument.option + " of <qemu:commandline> replaces " + overridden_elements(argument) +
                       ": while this argument exists, " +
                       (argument.option == "-smp" ? "the new <topology> has no effect"
                                                  : "only the <topology> of <cpu> has an effect"));
}

/// Uses the topology of the finding, which takes pins and cells into account.
void set_sockets(SuggestScene& scene, const AuditFinding& finding) {
    if (finding.xml.empty()) return;
    merge_xml(scene.root, finding.xml);
    tell_overrides(scene);
    XmlNode& topology = scene.root.ensure("cpu/topology");
    if (topology.attribute("clusters")) topology.set_attribute("clusters", "1");
}

/// Removes what libvirt refuses with a CPU that is not passed through.
void set_cache(SuggestScene& scene, const AuditFinding& finding) {
    if (!finding.xml.empty()) {
        merge_xml(scene.root, finding.xml);
        return;
    }
    XmlNode& cpu = scene.root.ensure("cpu");
    if (attribute(&cpu, "mode") != "host-passthrough") cpu.remove("cache");
}

void set_topoext(SuggestScene& scene, const AuditFinding& finding) {
    if (finding.xml.empty()) return remove_feature(scene, "topoext");
    merge_xml(scene.root, finding.xml);
}

void show_hypervisor(SuggestScene& scene, const AuditFinding&) {
    remove_feature(scene, "hypervisor");
    scene.warn("the guest's software can again detect that it runs in a VM (CPU feature 'hypervisor')");
}

/// Only the VM's owner can decide this.
void leave(SuggestScene&, const AuditFinding&) {}

constexpr Remedy remedies[] = {{"CPU-PASSTHROUGH", pass_through},
                               {"CPU-MIGRATABLE-OFF", set_migratable},
                               {"CPU-TOPOLOGY", set_sockets},
                               {"CPU-CACHE", set_cache},
                               {"CPU-TOPOEXT", set_topoext},
                               {"CPU-INVTSC", require_invtsc},
                               {"CPU-HYPERVISOR-BIT", show_hypervisor},
                               {"CPU-SIZING", leave},
                               {"CPU-VCPU-CURRENT", leave}};
constexpr GroupSetter setter{
    .group = RuleGroup::cpu, .by_default = true, .needs_guest = false, .remedies = remedies};
} // namespace

void set_topology(SuggestScene& scene, unsigned sockets, unsigned dies, unsigned cores, unsigned threads) {
    tell_overrides(scene);
    XmlNode& topology = scene.root.ensure("cpu/topology");
    topology.set_attribute("sockets", std::to_string(sockets));
    if (dies > 1 || topology.attribute("dies")) topology.set_attribute("dies", std::to_string(dies));
    if (topology.attribute("clusters")) topology.set_attribute("clusters", "1");
    topology.set_attribute("cores", std::to_string(cores));
    topology.set_attribute("threads", std::to_string(threads));
}

void require_invtsc(SuggestScene& scene, const AuditFinding& finding) {
    if (may_migrate(scene) || is_off(scene, "invtsc")) return;
    merge_xml(scene.root, finding.xml);
}

void require_topoext(SuggestScene& scene) {
    const auto& input = scene.audit;
    const bool needs_it = input.vendor == CpuVendor::amd && input.is_x86() && input.is_kvm();
    if (!needs_it || may_migrate(scene) || is_off(scene, "topoext") || model_has_topoext(input.root)) return;
    merge_xml(scene.root, "<cpu><feature policy='require' name='topoext'/></cpu>");
}

const GroupSetter& cpu_setter() { return setter; }

} // namespace hostlease
