// Hyper-V enlightenments. The findings contain the XML of missing ones.
#include "advice/audit/hyperv.hpp"
#include "advice/suggest/scene.hpp"

namespace hostlease {

namespace {
constexpr std::string_view nested = "/sys/module/kvm_intel/parameters/nested";

/// libvirt refuses to start a VM with an enlightenment that this host's KVM does not have. Source:
/// qemuProcessVerifyHypervFeatures (libvirt 9.0).
void set_evmcs(SuggestScene& scene, const AuditFinding& finding) {
    if (finding.xml.empty()) return scene.root.remove("features/hyperv/evmcs");
    const auto value = scene.request.host.value(nested);
    if (value == "Y" || value == "1") {
        merge_xml(scene.root, finding.xml);
        return;
    }
    scene.tell("<evmcs> is not suggested: " + std::string(nested) +
               (value.empty() ? " does not exist" : " is " + value) +
               ", so a VM that requires <evmcs> does not start");
}

void remove_new(SuggestScene& scene, const AuditFinding&) {
    for (const auto name : not_for_legacy_windows)
        scene.root.remove("features/hyperv/" + std::string(name));
}

/// Only the owner can decide between all enlightenments and the ones that the XML lists.
void leave(SuggestScene& scene, const AuditFinding& finding) {
    scene.warn("<hyperv> stays: " + finding.found);
}

constexpr Remedy remedies[] = {{"HV-PASSTHROUGH", leave}, {"HV-EVMCS", set_evmcs}, {"HV-LEGACY", remove_new}};
constexpr GroupSetter setter{
    .group = RuleGroup::hyperv, .by_default = true, .needs_guest = true, .remedies = remedies};
} // namespace

const GroupSetter& hyperv_setter() { return setter; }

} // namespace hostlease
