// Every finding in a rule's own tests is resolved when its group is set, or there is a reason why
// not.
#include "suggest/suggest_support.hpp"

#include <map>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// Findings that remain in one of their cases, and why.
const std::map<std::string, std::string> stay = {
    {"CPU-PASSTHROUGH", "host-model is for VMs that are to migrate"},
    {"CPU-TOPOLOGY", "sockets of one vCPU each, which alone fit some cells, are for the owner to choose"},
    {"CPU-SIZING", "fewer vCPUs are another VM"},
    {"CPU-VCPU-CURRENT", "it is as it is meant"},
    {"PIN-HOUSEKEEPING", "the VM is too large for the host"},
    {"PIN-ISOLCPUS", "the VM is too small for what is isolated at boot"},
    {"PIN-DEVICE-NODE", "pins that are right otherwise stay"},
    {"MEM-NODES", "which node is meant is not known"},
    {"DISK-CACHE-IO", "a mode that its owner chose stays"},
    {"DISK-DISCARD", "what its owner chose stays"},
    {"DISK-IOTHREAD-USE", "which disk is busy is not known"},
    {"SMBIOS-SYSINFO", "what the guest is to see is not known"},
    {"MEM-PAGES-FIT", "the host has too little memory"},
    {"MEM-LOCKED", "how much QEMU needs is not known"},
    {"MEM-LIMIT", "how much QEMU needs is not known"},
    {"NET-VHOST", "which network a card should be on is not known"},
    {"VID-VIRTIO-3D", "3D needs a screen on the host"},
    {"VID-HEADS", "how many monitors there are is not known"},
    {"DEV-MACHINE", "another machine type moves the guest's devices"},
    {"HV-PASSTHROUGH", "which of them are to be on is not known"},
    {"DEV-QEMU-ARGS", "what the arguments are for is not known"},
    {"DEV-SECUREBOOT", "a guest that was installed without it may not boot"}};

bool is_settable(RuleGroup group) {
    const auto groups = settable_groups();
    return std::any_of(groups.begin(), groups.end(),
                       [&](const SettableGroup& one) { return one.group == group; });
}

std::string findings_of(const Suggestion& suggestion) {
    std::string text;
    for (const auto& result : suggestion.remaining)
        for (const auto& finding : result.findings)
            text += std::string(result.rule->id) + ": " + finding.found + "\n";
    for (const auto& note : suggestion.notes)
        text += "(" + note.text + ")\n";
    return text;
}
} // namespace

TEST_CASE("a finding of a rule is resolved by its group") {
    std::set<std::string> stayed;
    for (const auto& one : all_cases()) {
        const Rule* rule = find_rule(one.id);
        REQUIRE(rule != nullptr);
        if (!one.trips || !is_settable(rule->group)) continue;
        CAPTURE(one.id);
        CAPTURE(one.body);
        auto scene = make_scene();
        scene.host.files["/sys/module/kvm_intel/parameters/nested"] = "Y";
        if (one.change) one.change(scene);
        std::set<RuleGroup> groups{rule->group};
        if (rule->group == RuleGroup::clock) groups.insert(RuleGroup::cpu); // a TSC clock needs invtsc
        const auto suggestion = settled(document_of(one.body), scene, {.groups = groups});
        const bool remains = std::any_of(suggestion.remaining.begin(), suggestion.remaining.end(),
                                         [&](const RuleResult& result) { return result.rule->id == one.id; });
        CAPTURE(suggestion.text);
        CAPTURE(findings_of(suggestion));
        if (remains) stayed.insert(one.id);
        const bool may_remain = !remains || stay.contains(one.id);
        CHECK(may_remain);
    }
    for (const auto& [id, why] : stay) {
        CAPTURE(id);
        CHECK(stayed.contains(id)); // otherwise remove it from the list
    }
}

TEST_CASE("a change in a repeated section applies to the domain") {
    const std::string body = "\n  <features>\n    <acpi/>\n    <vmport state='off'/>\n  </features>\n"
                             "  <features><hyperv><relaxed state='off'/></hyperv>\n    <!-- on -->\n"
                             "    <vmport state='on'/>\n  </features>\n"
                             "  <devices/>\n  <devices>\n    <memballoon model='virtio'/>\n  </devices>\n";
    const auto suggestion = settled(document_of(body), make_scene(),
                                    {.groups = {RuleGroup::hyperv, RuleGroup::features, RuleGroup::memory}});
    CHECK(suggestion.text.find("<relaxed state='on'/>") != std::string::npos);
    CHECK(suggestion.text.find("<!-- on -->") != std::string::npos);
    CHECK(suggestion.text.find("<vmport state='off'/>") != std::string::npos);
    CHECK(suggestion.text.find("<memballoon model='none'/>") != std::string::npos);
    for (const std::string once : {"<features>", "<devices>", "<relaxed", "<vmport", "<memballoon"}) {
        CAPTURE(once);
        const auto at = suggestion.text.find(once);
        CHECK(suggestion.text.find(once, at + 1) == std::string::npos);
    }
    CHECK(findings_of(suggestion).find("elements that stand more than once are joined") != std::string::npos);
    const auto untouched = document_of("<clock/><clock/>");
    CHECK(settled(untouched, make_scene(), {.groups = {RuleGroup::network}}).text == untouched);
}

TEST_CASE("guests of other architectures get nothing that libvirt refuses there, whatever is set") {
    std::set<RuleGroup> all;
    for (const auto& one : settable_groups())
        all.insert(one.group);
    for (const auto& [arch, machine] : {std::pair("aarch64", "virt"), std::pair("s390x", "s390-ccw-virtio"),
                                        std::pair("ppc64le", "pseries")}) {
        const auto text =
            settled(document_of("<metadata/><memory unit='GiB'>8</memory><vcpu>4</vcpu><os><type arch='" +
                                std::string(arch) + "' machine='" + machine + "'>hvm</type></os><devices/>"),
                    make_scene(), {.groups = all})
                .text;
        CAPTURE(text);
        for (const std::string refused :
             {"<cache ", "<pm>", "migratable=", "<vmport", "'topoext'", "'invtsc'", "<hyperv"}) {
            CAPTURE(refused);
            CHECK(text.find(refused) == std::string::npos);
        }
    }
}
