// Features of the hypervisor. Those that are missing are in the findings.
#include "advice/suggest/scene.hpp"

namespace hostlease {

namespace {
void show_kvm(SuggestScene& scene, const AuditFinding& finding) {
    if (!finding.xml.empty()) { // only where somebody asks for it
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
