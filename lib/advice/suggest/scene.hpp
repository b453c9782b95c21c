// The input of the groups of suggestions: the current XML, its audit, and the notes for the user.
#pragma once

#include "advice/audit/audit.hpp"
#include "advice/suggest/merge.hpp"
#include "advice/suggest/suggest.hpp"
#include "model/node_memory.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

struct SuggestScene {
    const SuggestRequest& request;
    const AuditInput& audit; // of the text before this group changes it
    XmlNode& root;
    std::vector<SuggestNote>& notes;

    [[nodiscard]] const Domain& domain() const { return audit.domain; }
    [[nodiscard]] bool sets(RuleGroup group) const { return request.groups.contains(group); }
    /// The elements of <devices> with this name.
    [[nodiscard]] std::vector<XmlNode*> devices(std::string_view name) const {
        return children(root.find("devices"), name);
    }
    /// Whether the owner sets QEMU properties of this device, which another model may not have; says so then.
    [[nodiscard]] bool keeps_model(XmlNode& device);
    /// Adds a note unless the same one exists.
    void tell(std::string text, Severity severity = Severity::note);
    void warn(std::string text) { tell(std::move(text), Severity::warning); }
};

/// How to repair a finding if merging its XML is not enough.
struct Remedy {
    std::string_view rule;
    void (*apply)(SuggestScene& scene, const AuditFinding& finding);
};

/// How to set a group: by the remedies of its findings, or by `set` if it has one.
struct GroupSetter {
    RuleGroup group;
    bool by_default;
    bool needs_guest;
    std::span<const Remedy> remedies = {};
    void (*set)(SuggestScene& scene) = nullptr;
};

/// They are applied in this order: the pins come after the I/O threads that disks need.
const GroupSetter& device_setter();
const GroupSetter& graphics_setter();
const GroupSetter& network_setter();
const GroupSetter& storage_setter();
const GroupSetter& hyperv_setter();
const GroupSetter& feature_setter();
const GroupSetter& clock_setter();
const GroupSetter& cpu_setter();
const GroupSetter& pinning_setter();
const GroupSetter& memory_setter();

/// --vcpus and --memory. The error names the element that prevents it.
tl::expected<void, std::string> set_size(SuggestScene& scene);

/// Sets the guest's topology in libvirt's terms.
void set_topology(SuggestScene& scene, unsigned sockets, unsigned dies, unsigned cores, unsigned threads);

/// Merges the finding's XML, which requires the CPU feature invtsc, unless the owner turned the feature off
/// or the VM may migrate: a VM with this feature does not migrate.
void require_invtsc(SuggestScene& scene, const AuditFinding& finding);

/// Requires the CPU feature topoext if guest threads need it. With mode 'host-model', libvirt takes the
/// features from the host; a feature that the owner turned off is left to CPU-TOPOEXT.
void require_topoext(SuggestScene& scene);

/// The same input with another domain.
AuditInput with_domain(const AuditInput& input, const Domain& domain);

/// Sets <numatune> for pinned vCPUs: the memory of each guest cell on the nodes of its vCPUs, strict if the
/// nodes can hold it. Correct bindings and an explicit mode stay.
void set_numatune(SuggestScene& scene);

/// Removes all pins, and memory bindings that only follow the pins: a policy chooses CPUs only for VMs
/// without them.
void remove_pins(SuggestScene& scene);

/// Removes the elements of <cputune> for vCPUs and I/O threads that are not in these sets. libvirt rejects
/// some of these elements and ignores the others.
void keep_tuning_of(XmlNode& root, const CpuSet& vcpus, const CpuSet& iothreads);

/// Sets shared memory (memfd), which virtiofs needs.
void share_memory(SuggestScene& scene);

} // namespace hostlease
