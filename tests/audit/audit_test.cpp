#include "advice/audit/elements.hpp"
#include "advice/audit/render.hpp"
#include "audit/cases.hpp"

#include "support/builders.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <set>

using namespace hostlease;
using namespace hostlease::test;

namespace {
// These rules report something that is valid, so a domain passes them only if they do not apply.
constexpr std::string_view never_pass[] = {"CPU-VCPU-CURRENT"};

template <typename List>
bool has(const List& list, std::string_view word) {
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

const RuleResult& result_of(const AuditReport& report, std::string_view id) {
    const auto found = std::find_if(report.results.begin(), report.results.end(),
                                    [&](const RuleResult& one) { return one.rule->id == id; });
    if (found == report.results.end()) FAIL("no result of " << id);
    return *found;
}

std::string score_of(const AuditReport& report, RuleGroup group) {
    for (const auto& score : report.scores)
        if (score.group == group) return std::to_string(score.passed) + " of " + std::to_string(score.of);
    return "none";
}

Severity gravest(const AuditReport& report, std::string_view id) {
    const auto& result = result_of(report, id);
    auto most = Severity::note;
    for (const auto& finding : result.findings)
        most = std::max(most, severity_of(*result.rule, finding));
    return most;
}

const std::string all_enlightenments = "<features><hyperv mode='custom'><relaxed state='on'/><vapic "
                                       "state='on'/><spinlocks state='on' retries='8191'/>"
                                       "<vpindex state='on'/><runtime state='on'/><synic state='on'/><stimer "
                                       "state='on'><direct state='on'/></stimer>"
                                       "<reset state='on'/><frequencies state='on'/><reenlightenment "
                                       "state='on'/><tlbflush state='on'/><ipi state='on'/>"
                                       "<vendor_id state='on' value='KVM Hv'/>";
} // namespace

TEST_CASE("each rule finds what it is for, and nothing else") {
    for (const auto& one : all_cases()) {
        auto scene = make_scene();
        if (one.change) one.change(scene);
        const auto report = audit_body(one.body, scene);
        const auto& result = result_of(report, one.id);
        const auto wanted = one.trips ? Verdict::failed : Verdict::passed;
        CHECK_MESSAGE(result.verdict == wanted, one.id
                                                    << (one.trips ? " does not see: " : " finds fault with: ")
                                                    << one.body << " " << result.reason);
        for (const auto& finding : result.findings)
            CHECK_MESSAGE((!finding.found.empty() && !finding.wanted.empty()), one.id << " says nothing");
    }
}

TEST_CASE("each rule is tried both ways") {
    std::set<std::string> tripped;
    std::set<std::string> passed;
    for (const auto& one : all_cases())
        (one.trips ? tripped : passed).insert(one.id);
    for (const Rule* rule : all_rules()) {
        CHECK_MESSAGE(
            tripped.contains(std::string(rule->id)),
            rule->id << " has no case that trips it: add one to the tests/audit/*_cases.cpp of its group");
        CHECK_MESSAGE(
            (has(never_pass, rule->id) || passed.contains(std::string(rule->id))),
            rule->id << " has no case that passes: add one to the tests/audit/*_cases.cpp of its group");
    }
}

TEST_CASE("the table is complete: ids, texts and sources") {
    std::set<std::string_view> ids;
    for (const Rule* rule : all_rules()) {
        CHECK_MESSAGE(ids.insert(rule->id).second, rule->id << " is there twice");
        CHECK_MESSAGE(rule->why.size() > 10, rule->id << " does not say why");
        CHECK_MESSAGE(rule->why.ends_with('.'), rule->id << " says why in less than a sentence");
        CHECK_MESSAGE(!rule->symptom.empty(), rule->id << " has no symptom");
        CHECK_MESSAGE(rule->source.starts_with("https://"), rule->id << " has no source");
        CHECK_MESSAGE(find_rule(rule->id) == rule, rule->id);
    }
    CHECK(find_rule("HV-NONE") == nullptr);
}

TEST_CASE("enlightenments are counted to 14 on Intel and to 13 on AMD") {
    auto scene = make_scene();
    const auto with_evmcs = all_enlightenments + "<evmcs state='on'/></hyperv></features>";
    const auto without = all_enlightenments + "</hyperv></features>";
    CHECK(score_of(audit_body(with_evmcs, scene), RuleGroup::hyperv) == "14 of 14");
    CHECK(score_of(audit_body(without, scene), RuleGroup::hyperv) == "13 of 14");
    CHECK(score_of(audit_body("", scene), RuleGroup::hyperv) == "0 of 14");
    scene.vendor = CpuVendor::amd;
    CHECK(score_of(audit_body(without, scene), RuleGroup::hyperv) == "13 of 13");
    CHECK(score_of(audit_body(with_evmcs, scene), RuleGroup::hyperv) == "13 of 13");
    CHECK(gravest(audit_body(with_evmcs, scene), "HV-EVMCS") == Severity::error);
}

TEST_CASE("a rule that cannot be checked does not fail") {
    auto scene = make_scene();
    const std::string debian =
        "<metadata><l:libosinfo xmlns:l='http://libosinfo.org/xmlns/libvirt/domain/1.0'>"
        "<l:os id='http://debian.org/debian/12'/></l:libosinfo></metadata>";
    CHECK(result_of(audit_body(debian, scene), "HV-RELAXED").verdict == Verdict::not_applicable);
    CHECK(score_of(audit_body(debian, scene), RuleGroup::hyperv) == "none");
    CHECK(result_of(audit_body("", scene), "HV-LEGACY").reason == "Windows 10 and newer support all of them");
    scene.with_host = false;
    const auto report = audit_body("", scene);
    for (const auto& result : report.results)
        if ((result.rule->needs & host_facts) != 0) CHECK(result.verdict == Verdict::not_applicable);
    CHECK(score_of(report, RuleGroup::host) == "none");
}

TEST_CASE("severities: settings that prevent a start are errors, matters of taste are advice") {
    const auto scene = make_scene();
    const auto disk = [&](const char* driver) {
        return audit_body("<devices><disk type='file' device='disk'><driver name='qemu' " +
                              std::string(driver) +
                              "/><source file='/x'/><target dev='vda' bus='virtio'/></disk></devices>",
                          scene);
    };
    CHECK(gravest(disk("io='native' cache='writeback'"), "DISK-CACHE-IO") == Severity::error);
    CHECK(gravest(disk("cache='unsafe'"), "DISK-CACHE-IO") == Severity::warning);
    CHECK(gravest(disk("cache='writeback'"), "DISK-CACHE-IO") == Severity::note);
    CHECK(gravest(audit_body("<memory unit='GiB'>4</memory>", scene), "MEM-HUGEPAGES") == Severity::note);
    CHECK(gravest(audit_body("<memory unit='GiB'>8</memory>", scene), "MEM-HUGEPAGES") == Severity::warning);
    CHECK(gravest(audit_body("", scene), "PIN-ALL") == Severity::note);
    const std::string bit =
        "<cpu mode='host-passthrough'><feature policy='disable' name='hypervisor'/></cpu>";
    CHECK(gravest(audit_body(bit, scene), "CPU-HYPERVISOR-BIT") == Severity::warning);
    CHECK(gravest(audit_body(bit + "<features><hyperv/></features>", scene), "CPU-HYPERVISOR-BIT") ==
          Severity::error);
}

TEST_CASE("an audit is plain text whatever the XML contains") {
    const auto report =
        audit_body("<devices><disk device='disk'><target dev='sda' bus='ide&#x9b;&#9;'/></disk></devices>",
                   make_scene());
    CHECK(render_json(report).find("ide\\u009b") != std::string::npos);
    CHECK(render_text(report).find("ide???") != std::string::npos);
}

TEST_CASE("a domain whose policy chooses the CPUs is not asked for pins") {
    auto scene = make_scene();
    set_place(scene, "auto");
    const auto report = audit_body("<vcpu>2</vcpu>", scene);
    const auto& result = result_of(report, "PIN-ALL");
    CHECK(result.verdict == Verdict::not_applicable);
    CHECK(result.reason.find("cpus.place") != std::string::npos);
}

TEST_CASE("a policy can silence a rule, which then counts nowhere") {
    auto scene = make_scene();
    scene.with_policy = true;
    scene.policy.audit_ignore = {{"HV-RELAXED", {"win11.toml", 3, 11}}};
    const auto report = audit_body("", scene);
    CHECK(result_of(report, "HV-RELAXED").verdict == Verdict::ignored);
    CHECK(result_of(report, "HV-RELAXED").reason == "win11.toml:3:11");
    CHECK(result_of(report, "HV-RELAXED").findings.empty());
    CHECK(result_of(report, "HV-VAPIC").verdict == Verdict::failed);
    CHECK(score_of(report, RuleGroup::hyperv) == "0 of 13");
    CHECK(render_text(report).find("win11.toml:3:11: HV-RELAXED") != std::string::npos);
}

TEST_CASE("a symptom selects only the rules that may explain it, and at least one") {
    for (const auto symptom : all_symptoms()) {
        auto scene = make_scene();
        scene.symptom = symptom;
        const auto report = audit_body("", scene);
        CHECK_MESSAGE(!report.results.empty(), symptom);
        for (const auto& result : report.results)
            CHECK_MESSAGE(is_about(*result.rule, symptom), symptom << " " << result.rule->id);
    }
    CHECK(is_about(*find_rule("NET-RING"), "slow-network"));
    CHECK_FALSE(is_about(*find_rule("NET-RING"), "slow-disk"));
    CHECK_FALSE(is_about(*find_rule("NET-RING"), "none"));
}

TEST_CASE("the guest is identified by its id, by enlightenments, by its clock") {
    const auto guest = [](const std::string& body) {
        return audit_body("<metadata/>" + body, make_scene()).guest;
    };
    CHECK(guest("") == Guest::unknown);
    CHECK(guest("<features><hyperv/></features>") == Guest::windows);
    CHECK(guest("<clock offset='localtime'/>") == Guest::windows);
    CHECK(guest("<clock offset='utc'/>") == Guest::unknown);
    const auto named = [](const std::string& id) {
        return audit_body("<metadata><l:libosinfo "
                          "xmlns:l='http://libosinfo.org/xmlns/libvirt/domain/1.0'><l:os id='http://" +
                              id + "'/></l:libosinfo></metadata>",
                          make_scene())
            .guest;
    };
    CHECK(named("debian.org/debian/12") == Guest::linux);
    CHECK(named("oracle.com/ol/9.0") == Guest::linux);
    CHECK(named("oracle.com/solaris/11") == Guest::other);
    CHECK(named("freebsd.org/freebsd/14.0") == Guest::other);
    CHECK(named("microsoft.com/winnt/4.0") == Guest::other);
    CHECK(named("apple.com/macosx/10.7") == Guest::macos);
    CHECK(named("libosinfo.org/unknown") == Guest::unknown);
    CHECK(audit_body("", make_scene()).windows == "11");
}

TEST_CASE("the CPU's vendor is identified by <vendor> or the model") {
    const auto vendor = [](const std::string& cpu) {
        return guess_vendor(XmlDocument::parse("<domain><cpu>" + cpu + "</cpu></domain>")->root());
    };
    CHECK(vendor("<vendor>AMD</vendor>") == CpuVendor::amd);
    CHECK(vendor("<model>EPYC-Rome</model>") == CpuVendor::amd);
    CHECK(vendor("<model>Skylake-Client</model>") == CpuVendor::intel);
    CHECK(vendor("<model>qemu64</model>") == CpuVendor::unknown);
    CHECK(vendor_named("GenuineIntel") == CpuVendor::intel);
    CHECK(vendor_named("ARM") == CpuVendor::unknown);
}

TEST_CASE("a finding has the position of its element, or the position where it would be added") {
    const auto document = XmlDocument::parse(
        "<domain>\n<features>\n<hyperv>\n<vapic state='off'/>\n</hyperv>\n</features>\n</domain>");
    const auto root = document->root();
    CHECK(line_of(root, "features/hyperv/vapic") == 4);
    CHECK(line_of(root, "features/hyperv/relaxed") == 3);
    CHECK(line_of(root, "clock") == 1);
    CHECK_FALSE(find(root, "features/kvm/hidden"));
    CHECK_FALSE(find(XmlElement(), "features"));
    CHECK(nested({"features", "hyperv mode='custom'"}, "<a/>\n<b/>") ==
          "<features>\n  <hyperv mode='custom'>\n    <a/>\n    <b/>\n  </hyperv>\n</features>");
}

TEST_CASE("the suggested text satisfies the rule") {
    for (const auto& rule : hyperv_rules()) {
        if (rule.subject.empty()) continue;
        const auto report = audit_body("", make_scene());
        const auto xml = result_of(report, rule.id).findings.front().xml;
        CHECK_MESSAGE(result_of(audit_body(xml, make_scene()), rule.id).verdict == Verdict::passed,
                      rule.id << ": " << xml);
    }
}

TEST_CASE("a domain's texts are only texts in Markdown, wherever they stand") {
    const std::string evil = "&lt;img src=x onerror=alert(1)&gt;";
    auto scene = make_scene();
    auto report = audit_body(
        "<metadata><l:libosinfo xmlns:l='http://libosinfo.org/xmlns/libvirt/domain/1.0'><l:os "
        "id='http://microsoft.com/win/" +
            evil + "'/></l:libosinfo></metadata><devices><disk type='file' device='disk'><target dev='" +
            evil + "```&#10;# b' bus='ide'/></disk><graphics type='spice' listen='" + evil + "'/></devices>",
        scene);
    report.domain = "<img src=x onerror=alert(1)>";
    report.file = "/tmp/<img src=x onerror=alert(1)>.xml";
    const auto text = render_markdown(report);
    std::size_t found = 0;
    bool in_code = false;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto line = text.substr(begin, text.find('\n', begin) - begin);
        begin += line.size() + 1;
        if (line.starts_with("```")) in_code = !in_code;
        if (line.find("img src") == std::string::npos || in_code) continue;
        ++found;
        CHECK(line.find("\\<img") != std::string::npos);
        CHECK(line.find(" <img") == std::string::npos);
    }
    CHECK(found >= 3);
    CHECK_FALSE(in_code);
    CHECK(text.find("\n# b") == std::string::npos);
}

TEST_CASE("SARIF escapes characters that a URI may not contain") {
    AuditReport report;
    report.file = "/my vms/win#1.xml";
    report.results.push_back(
        {find_rule("VID-HEADS"), Verdict::failed, {}, {{.line = 0, .found = "x", .wanted = "y"}}});
    const auto text = render_sarif(report, "1");
    CHECK(text.find("\"file:///my%20vms/win%231.xml\"") != std::string::npos);
    CHECK(text.find("\"startLine\": 1") != std::string::npos);
    CHECK(text.find("\"level\": \"note\"") != std::string::npos);
}

TEST_CASE("vCPUs without a pin beside pinned ones are named") {
    const auto* const half = "<vcpu>4</vcpu><cputune><vcpupin vcpu='0' cpuset='4'/><vcpupin vcpu='1' "
                             "cpuset='5'/></cputune>";
    CHECK(first_finding(audit_body(half, make_scene()), "PIN-ALL").found == "vCPU 2-3 is not pinned");
}
