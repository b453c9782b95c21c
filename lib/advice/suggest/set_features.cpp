// Features of the hypervisor. The findings contain the XML of missing features.
#include "advice/suggest/scene.hpp"

namespace hostlease {

namespace {
void show_kvm(SuggestScene& scene, const AuditFinding& finding) {
    if (!finding.xml.empty()) { // only if the audit was asked about this symptom
        merge_xml(scene.root, finding.xml);
        return;
    }
    scene.root.remove("features/kvm/hidden");
    if (XmlNode* kvm = scene.root.find("features/kvm"); kvm != nullptr && kvm->children().empty())
        scene.root.remove("features/kvm");
}

constexpr Remedy remedies[] = {{"KVM-HIDDEN", show_kvm}};
constexpr GroupSetter setter{
    .group = RuleGroup::features, .by_default = true, .needs_guest = true, .remedies = remedies};
} // namespace

const GroupSetter& feature_setter() { return setter; }

} // namespace hostlease
