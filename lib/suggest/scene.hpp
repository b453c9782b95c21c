// What the groups work on: the text as it is now, what the audit says of it, and a way to tell the user.
#pragma once

#include "audit/audit.hpp"
#include "model/node_memory.hpp"
#include "suggest/merge.hpp"
#include "suggest/suggest.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

struct SuggestScene {
    const SuggestRequest& request;
    const AuditInput& audit; // of the text before the changes of this group
    XmlNode& root;
    std::vector<SuggestNote>& notes;

    [[nodiscard]] const Domain& domain() const { return audit.domain; }
    [[nodiscard]] bool sets(RuleGroup group) const { return request.groups.contains(group); }
    /// Each text is told once.
    void tell(std::string text, Severity severity = Severity::note);
    void warn(std::string text) { tell(std::move(text), Severity::warning); }
};

/// How a finding is mended, where its own XML is not enough.
struct Remedy {
    std::string_view rule;
    void (*apply)(SuggestScene& scene, const AuditFinding& finding);
};

/// How a group is set: by the remedies of its rules' findings, or, where it has one, by a function of its own.
struct GroupSetter {
    RuleGroup group;
    bool by_default;
    bool needs_guest;
    std::span<const Remedy> remedies = {};
    void (*set)(SuggestScene& scene) = nullptr;
};

/// In the order they are set in: pins come after the I/O threads that disks ask for.
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

/// --vcpus and --memory. The error says what of the XML stands in the way.
tl::expected<void, std::string> set_size(SuggestScene& scene);

/// The guest's topology, as libvirt has it.
void set_topology(SuggestScene& scene, unsigned sockets, unsigned dies, unsigned cores, unsigned threads);

/// An audit of this domain in place of the input's own.
AuditInput with_domain(const AuditInput& input, const Domain& domain);

/// <numatune> for vCPUs that are pinned: each guest cell's memory on the nodes of its vCPUs, bound strictly where the nodes can hold it.
/// Bindings that are right stay, and so does a mode that was chosen.
void set_numatune(SuggestScene& scene);

/// The numbers of the I/O threads: those that are written, and from 1 on for the others, as libvirt gives them. Source:
/// virDomainDefIOThreadsParse and virDomainIOThreadIDDefArrayInit (libvirt 9.0).
CpuSet iothread_ids(SuggestScene& scene);

/// Takes out of <cputune> what it says of other vCPUs and I/O threads than these: libvirt refuses some of it, and ignores
/// the rest.
void keep_tuning_of(XmlNode& root, const CpuSet& vcpus, const CpuSet& iothreads);

/// Shared memory in a file, which virtiofs needs.
void share_memory(SuggestScene& scene);

} // namespace hostlease
