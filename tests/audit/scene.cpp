#include "audit/cases.hpp"
#include "read/domain_xml.hpp"

#include "support/builders.hpp"

#include <algorithm>
#include <doctest/doctest.h>

namespace hostlease::test {

namespace {
constexpr const char* windows_11 =
    "<metadata><libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'>"
    "<libosinfo:os id='http://microsoft.com/win/11'/></libosinfo:libosinfo></metadata>";
} // namespace

std::string document_of(const std::string& body) {
    const auto lacks = [&](const char* element) { return body.find(element) == std::string::npos; };
    std::string text = "<domain type='kvm'><name>win11</name>";
    if (lacks("<metadata")) text += windows_11;
    if (lacks("<memory unit")) text += "<memory unit='GiB'>2</memory>";
    if (lacks("<vcpu")) text += "<vcpu>4</vcpu>";
    if (lacks("<os")) text += "<os><type arch='x86_64' machine='pc-q35-8.2'>hvm</type></os>";
    return text + body + "</domain>";
}

void set_place(AuditScene& scene, const std::string& word) {
    scene.with_policy = true;
    scene.policy.settings.emplace("cpus.place", Setting{.value = word, .text = '"' + word + '"'});
}

AuditScene make_scene() {
    AuditScene scene;
    scene.host.host = host_with_nodes(2);
    for (unsigned cpu = 0; cpu < 8; cpu += 2)
        scene.host.host.cores.push_back({cpu, cpu + 1});
    scene.host.cpu_flags = {"constant_tsc", "nonstop_tsc"};
    scene.host.files["/dev/kvm"] = "";
    scene.host.files["/sys/fs/cgroup/cgroup.controllers"] = "cpuset cpu";
    scene.host.host.cgroups.has_cpuset = true;
    scene.host.caches = {CpuSet::range(0, 3), CpuSet::range(4, 7)};
    scene.host.hook = "/etc/libvirt/hooks/qemu";
    scene.host.trims_disks = true;
    scene.host.has_hugetlb_mount = true;
    return scene;
}

AuditReport audit_body(const std::string& body, const AuditScene& scene) {
    const auto text = document_of(body);
    const auto domain = read_domain_xml(text, "win11.xml", DomainIdentity::may_be_wrong);
    if (!domain) FAIL(domain.error().text() << text);
    const auto document = XmlDocument::parse(text);
    AuditInput input{.root = document->root(), .domain = *domain};
    input.guest = guess_guest(input.root, *domain, input.windows);
    input.vendor = scene.vendor;
    input.host = scene.with_host ? &scene.host : nullptr;
    input.policy = scene.with_policy ? &scene.policy : nullptr;
    input.symptom = scene.symptom;
    input.libvirt_version = scene.libvirt_version;
    return audit(input, "win11.xml");
}

Verdict verdict_of(const AuditReport& report, std::string_view id) {
    const auto found = std::find_if(report.results.begin(), report.results.end(),
                                    [&](const RuleResult& one) { return one.rule->id == id; });
    REQUIRE(found != report.results.end());
    return found->verdict;
}

AuditFinding first_finding(const AuditReport& report, std::string_view id) {
    for (const auto& result : report.results)
        if (result.rule->id == id && !result.findings.empty()) return result.findings.front();
    FAIL("no finding of " << id);
    return {};
}

std::string pins(const std::vector<std::string>& cpus, const std::string& more) {
    std::string text = "<vcpu>" + std::to_string(cpus.size()) + "</vcpu><cputune>";
    for (std::size_t vcpu = 0; vcpu < cpus.size(); ++vcpu)
        text += "<vcpupin vcpu='" + std::to_string(vcpu) + "' cpuset='" + cpus[vcpu] + "'/>";
    return text + more + "</cputune>";
}

std::string arguments(const std::vector<std::string>& words) {
    std::string text = "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>";
    for (const auto& word : words)
        text += "<qemu:arg value='" + word + "'/>";
    return text + "</qemu:commandline>";
}

std::vector<AuditCase> all_cases() {
    std::vector<AuditCase> all;
    for (const auto& list : {hyperv_cases(), clock_cases(), cpu_cases(), pinning_cases(), memory_cases(),
                             storage_cases(), device_cases(), host_cases()})
        all.insert(all.end(), list.begin(), list.end());
    return all;
}

} // namespace hostlease::test
