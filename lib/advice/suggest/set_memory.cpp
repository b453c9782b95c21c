// The guest's memory.
#include "advice/audit/memory.hpp"
#include "advice/suggest/scene.hpp"
#include "core/units.hpp"

#include <algorithm>
#include <string>

namespace hostlease {

namespace {
constexpr unsigned long first_with_threads = 8'002'000; // the first libvirt with <allocation threads>

/// The rule's first finding in the domain with huge pages of this size; nullopt if there is none.
std::optional<AuditFinding> finding_with_pages(const SuggestScene& scene, std::uint64_t size,
                                               std::string_view rule) {
    Domain with_pages = scene.domain();
    with_pages.backing.hugepages = true;
    with_pages.backing.pages = {{size, std::nullopt, 0}};
    for (const auto& result : audit(with_domain(scene.audit, with_pages), scene.request.file).results)
        if (result.rule->id == rule && !result.findings.empty()) return result.findings.front();
    return std::nullopt;
}

/// Suggests pages of 1 GiB, which hosts often reserve at boot, only if those of the usual size do not fit.
void set_hugepages(SuggestScene& scene, const AuditFinding&) {
    auto size = usual_page_size(scene.audit);
    if (const auto none = finding_with_pages(scene, size, "MEM-PAGES-FIT")) {
        if (finding_with_pages(scene, GiB, "MEM-PAGES-FIT"))
            return scene.warn("huge pages are not suggested because the VM would not start: " + none->found);
        size = GiB;
        scene.tell("huge pages of 1 GiB are suggested because smaller ones do not fit: " + none->found);
    }
    if (const auto mount = finding_with_pages(scene, size, "HOST-HUGETLB-MOUNT"))
        scene.warn("before the VM starts with huge pages, " + mount->wanted + ": " + mount->found);
    merge_xml(scene.root, hugepages_xml(size));
    const auto* policy = scene.request.policy;
    if (policy == nullptr)
        scene.warn("no policy reserves the huge pages yet: write a policy for this VM, for example with "
                   "extends = \"dense\", or reserve the pages before it starts");
}

/// Removes <locked/> only where the rule calls it needless: it then proposes no XML.
void set_locked(SuggestScene& scene, const AuditFinding& finding) {
    if (!finding.xml.empty()) return scene.tell("<locked/> stays; recommended: " + finding.wanted);
    scene.root.remove("memoryBacking/locked");
}

std::uint64_t available_memory(const HostFacts& facts) {
    std::uint64_t sum = 0;
    for (const auto& node : facts.nodes)
        sum += node.available;
    return sum;
}

/// Not needed with huge pages, which the kernel does not merge. An earlier remedy may have added them.
void keep_apart(SuggestScene& scene, const AuditFinding& finding) {
    if (scene.root.find("memoryBacking/hugepages") == nullptr) merge_xml(scene.root, finding.xml);
}

void set_immediate(SuggestScene& scene, const AuditFinding& finding) {
    // QEMU allocates huge pages at once in any case
    if (scene.root.find("memoryBacking/hugepages") != nullptr) return;
    const auto& host = scene.request.host;
    if (!host.is_running && available_memory(host.host) < plugged_memory(scene.domain()))
        return scene.tell("allocation at start is not suggested: the host has only " +
                          format_size_short(available_memory(host.host)) + " available now");
    merge_xml(scene.root, finding.xml);
}

void set_threads(SuggestScene& scene, const AuditFinding& finding) {
    if (scene.request.libvirt_version < first_with_threads)
        return scene.tell("a single thread clears the memory: this host's libvirt does not support "
                          "<allocation threads> (8.2 does)");
    merge_xml(scene.root, finding.xml);
}

/// Keeps a balloon that the owner configured to return memory.
void remove_balloon(SuggestScene& scene, const AuditFinding&) {
    XmlNode* chosen = scene.root.find("devices/memballoon");
    if (attribute(chosen, "autodeflate") == "on" || attribute(chosen, "freePageReporting") == "on") return;
    if (chosen != nullptr && scene.keeps_model(*chosen)) return;
    XmlNode& balloon = scene.root.ensure("devices/memballoon");
    balloon.set_attribute("model", "none");
    remove_excluded(balloon);
}

/// Sets the statistics of a balloon that stays.
void set_stats(SuggestScene& scene, const AuditFinding& finding) {
    const XmlNode* balloon = scene.root.find("devices/memballoon");
    if (balloon == nullptr || balloon->attribute("model") != "none") merge_xml(scene.root, finding.xml);
}

void set_current(SuggestScene& scene, const AuditFinding&) {
    const auto& domain = scene.domain();
    XmlNode& current = scene.root.ensure("currentMemory");
    XmlNode* memory = scene.root.find("memory");
    // copies the number and the unit of <memory>
    if (memory != nullptr && domain.cells.empty() && domain.memory_devices.empty()) {
        if (const auto unit = memory->attribute("unit"))
            current.set_attribute("unit", *unit);
        else
            current.remove_attribute("unit");
        return current.set_text(memory->text());
    }
    current.set_attribute("unit", "KiB");
    current.set_text(std::to_string(plugged_memory(domain) / KiB));
}

void keep_near(SuggestScene& scene, const AuditFinding&) { set_numatune(scene); }

void share(SuggestScene& scene, const AuditFinding&) { share_memory(scene); }

/// The finding remains and tells the user what to do.
void leave(SuggestScene&, const AuditFinding&) {}

constexpr Remedy remedies[] = {{"MEM-HUGEPAGES", set_hugepages},
                               {"MEM-PAGES-FIT", leave},
                               {"MEM-MEMFD-SHARED", share},
                               {"MEM-LOCKED", set_locked},
                               {"MEM-LIMIT", leave},
                               {"MEM-NOSHAREPAGES", keep_apart},
                               {"MEM-IMMEDIATE", set_immediate},
                               {"MEM-PREALLOC-THREADS", set_threads},
                               {"MEM-BALLOON-OFF", remove_balloon},
                               {"MEM-STATS", set_stats},
                               {"MEM-NODES", keep_near},
                               {"MEM-CURRENT", set_current},
                               {"MEM-NUMA", keep_near}};
constexpr GroupSetter setter{
    .group = RuleGroup::memory, .by_default = true, .needs_guest = false, .remedies = remedies};
} // namespace

void share_memory(SuggestScene& scene) {
    if (scene.domain().backing.source != "file") // which can be shared as well
        merge_xml(scene.root, "<memoryBacking><source type='memfd'/></memoryBacking>");
    merge_xml(scene.root, "<memoryBacking><access mode='shared'/></memoryBacking>");
    XmlNode* numa = scene.root.find("cpu/numa");
    if (numa == nullptr) return;
    for (XmlNode* cell : numa->children("cell")) // a cell's memAccess overrides <access>
        if (cell->attribute("memAccess") == "private") cell->set_attribute("memAccess", "shared");
}

const GroupSetter& memory_setter() { return setter; }

} // namespace hostlease
