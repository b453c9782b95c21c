// The test cases of each rule: XML, a host and a policy with findings, and others
// without.
#pragma once

#include "advice/audit/audit.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease::test {

/// The facts of a rule before a case changes them: a host with four cores of two threads each on two nodes,
/// an Intel CPU.
struct AuditScene {
    AuditFacts host;
    bool with_host = true;
    Policy policy;
    bool with_policy = false;
    CpuVendor vendor = CpuVendor::intel;
    std::string symptom;
    unsigned long libvirt_version = 11'003'000;
};

struct AuditCase {
    std::string id;
    bool trips; // otherwise the rule must apply and pass
    // content of <domain>; name, memory, vcpu, Windows 11 in metadata and q35 are added if they are missing
    std::string body;
    std::function<void(AuditScene&)> change = {};
};

AuditScene make_scene();

/// Gives the domain a policy that chooses its CPUs.
void set_place(AuditScene& scene, const std::string& word);

/// The XML of a domain with this content.
std::string document_of(const std::string& body);

/// The report on a domain with this content.
AuditReport audit_body(const std::string& body, const AuditScene& scene);

Verdict verdict_of(const AuditReport& report, std::string_view id);
/// The rule's first finding; the test fails if there is none.
AuditFinding first_finding(const AuditReport& report, std::string_view id);

std::vector<AuditCase> hyperv_cases();
std::vector<AuditCase> clock_cases();
std::vector<AuditCase> cpu_cases();
std::vector<AuditCase> pinning_cases();
std::vector<AuditCase> memory_cases();
std::vector<AuditCase> storage_cases();
std::vector<AuditCase> device_cases();
std::vector<AuditCase> host_cases();

std::vector<AuditCase> all_cases();

/// The content with pins of vCPU 0, 1, ... to these CPUs.
std::string pins(const std::vector<std::string>& cpus, const std::string& more = {});

/// <qemu:commandline> with these arguments.
std::string arguments(const std::vector<std::string>& words);

} // namespace hostlease::test
