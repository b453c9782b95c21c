// The guest's memory.
#include "audit/memory.hpp"
#include "core/units.hpp"
#include "suggest/scene.hpp"

#include <algorithm>
#include <string>

namespace hostlease {

namespace {
constexpr unsigned long first_with_threads = 8'002'000; // libvirt that knows <allocation threads>

/// Whether a start with huge pages would find them: what the rule on it says of the text as it would be.
std::string why_no_pages(const SuggestScene& scene) {
    Domain with_pages = scene.domain();
    with_pages.backing.hugepages = true;
    with_pages.backing.pages = {{usual_page_size(scene.audit), std::nullopt, 0}};
    for (const auto& result : audit(with_domain(scene.audit, with_pages), scene.request.file).results)
        if (result.rule->id == "MEM-PAGES-FIT" && !result.findings.empty()) return result.findings.front().found;
    return {};
}

void set_hugepages(SuggestScene& scene, const AuditFinding& finding) {
    if (const auto why = why_no_pages(scene); !why.empty())
        return scene.warn("no huge pages are asked for, as the VM would not start: " + why);
    merge_xml(scene.root, finding.xml);
    const auto* policy = scene.request.policy;
    if (policy == nullptr)
        scene.warn("no policy reserves the huge pages yet: make one for this VM, such as extends = \"dense\", or have them there "
                   "before it "
                   "starts");
}

/// As the rule has it, but for guests in real time, for which it is an exception.
void set_locked(SuggestScene& scene, const AuditFinding& finding) {
    const auto& domain = scene.domain();
    const bool is_real_time = !domain.vcpu_schedulers.empty() || !domain.iothread_schedulers.empty() || domain.emulator_scheduler;
    if (is_real_time || !domain.backing.hugepages) return scene.tell("<locked/> stays; " + finding.wanted);
    scene.root.remove("memoryBacking/locked");
}

std::uint64_t available_memory(const HostFacts& facts) {
    std::uint64_t sum = 0;
    for (const auto& node : facts.nodes)
        sum += node.available;
    return sum;
}

/// The kernel merges no huge pages, which may have been asked for by now.
void keep_apart(SuggestScene& scene, const AuditFinding& finding) {
    if (scene.root.find("memoryBacking/hugepages") == nullptr) merge_xml(scene.root, finding.xml);
}

void set_immediate(SuggestScene& scene, const AuditFinding& finding) {
    if (scene.root.find("memoryBacking/hugepages") != nullptr) return; // which QEMU allocates at once in any case
    const auto& host = scene.request.host;
    if (!host.is_running && available_memory(host.host) < plugged_memory(scene.domain()))
        return scene.tell("memory is not allocated at start: the host has " + format_size_short(available_memory(host.host)) +
                          " to spare now");
    merge_xml(scene.root, finding.xml);
}

void set_threads(SuggestScene& scene, const AuditFinding& finding) {
    if (scene.request.libvirt_version < first_with_threads)
        return scene.tell("one thread clears the memory: this host's libvirt knows no <allocation threads> (8.2 does)");
    merge_xml(scene.root, finding.xml);
}

void remove_balloon(SuggestScene& scene, const AuditFinding&) {
    XmlNode& balloon = scene.root.ensure("devices/memballoon");
    balloon.set_attribute("model", "none");
    remove_excluded(balloon);
}

void set_current(SuggestScene& scene, const AuditFinding&) {
    const auto& domain = scene.domain();
    XmlNode& current = scene.root.ensure("currentMemory");
    XmlNode* memory = scene.root.find("memory");
    if (memory != nullptr && domain.cells.empty() && domain.memory_devices.empty()) { // as it is written there
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

/// Told beside the finding that remains.
void leave(SuggestScene&, const AuditFinding&) {}

constexpr Remedy remedies[] = {{"MEM-HUGEPAGES", set_hugepages},      {"MEM-PAGES-FIT", leave},
                               {"MEM-MEMFD-SHARED", share},           {"MEM-LOCKED", set_locked},
                               {"MEM-NOSHAREPAGES", keep_apart},      {"MEM-IMMEDIATE", set_immediate},
                               {"MEM-PREALLOC-THREADS", set_threads}, {"MEM-BALLOON-OFF", remove_balloon},
                               {"MEM-CURRENT", set_current},          {"MEM-NUMA", keep_near}};
constexpr GroupSetter setter{.group = RuleGroup::memory, .by_default = true, .needs_guest = false, .remedies = remedies};
} // namespace

void share_memory(SuggestScene& scene) {
    merge_xml(scene.root, "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>");
    XmlNode* numa = scene.root.find("cpu/numa");
    if (numa == nullptr) return;
    for (XmlNode* cell : numa->children("cell")) // what a cell has of its own counts before that
        if (cell->attribute("memAccess") == "private") cell->set_attribute("memAccess", "shared");
}

const GroupSetter& memory_setter() { return setter; }

} // namespace hostlease
