// Checks a domain, and optionally its host, against all rules. Pure.
#pragma once

#include "advice/audit/rule.hpp"

#include <string>
#include <vector>

namespace hostlease {

enum class Verdict { passed, failed, ignored, not_applicable };

struct RuleResult {
    const Rule* rule = nullptr;
    Verdict verdict = Verdict::passed;
    std::string reason;                 // why it does not apply, or which policy ignores it
    std::vector<AuditFinding> findings; // if it failed
};

/// How many rules passed, of those that applied and were not ignored.
struct GroupScore {
    RuleGroup group = RuleGroup::host;
    unsigned passed = 0;
    unsigned of = 0;
};

struct AuditReport {
    std::string domain;
    std::string file; // the file that the lines refer to
    Guest guest = Guest::unknown;
    std::string windows;
    CpuVendor vendor = CpuVendor::unknown;
    bool with_host = false;
    std::vector<RuleResult> results; // of the requested rules
    std::vector<GroupScore> scores;  // of the groups with a rule that counts

    /// Whether a finding is more than advice.
    [[nodiscard]] bool has_warnings() const;
};

/// The guest's system, from libosinfo's id, Hyper-V enlightenments or a clock in local time. Sets `windows`
/// to the version if the id contains it.
Guest guess_guest(XmlElement root, const Domain& domain, std::string& windows);

/// The vendor of the CPU model in the XML.
CpuVendor guess_vendor(XmlElement root);
/// Whether the CPU model of the XML has the feature topoext by default. Source: builtin_x86_defs of
/// target/i386/cpu.c (QEMU 9.0): all of the EPYC family and Dhyana, none of the older ones.
bool model_has_topoext(XmlElement root);
/// The vendor for CPUID's name, "GenuineIntel".
CpuVendor vendor_named(std::string_view name);

/// The severity of a finding, its own or its rule's.
Severity severity_of(const Rule& rule, const AuditFinding& finding);

/// The symptom that a user notices. For an error of a milder rule: the VM does not start.
std::string_view symptom_of(const Rule& rule, const AuditFinding& finding);

/// Calls take(result, finding) for each finding, the gravest first.
template <typename Take>
void each_finding(const AuditReport& report, Take take) {
    for (const auto severity : {Severity::error, Severity::warning, Severity::note})
        for (const auto& result : report.results)
            for (const auto& finding : result.findings)
                if (severity_of(*result.rule, finding) == severity) take(result, finding);
}

/// Checks every rule, or only those of `group` and those that can cause `symptom`. `file` is the name of the
/// XML.
AuditReport audit(const AuditInput& input, const std::string& file);

} // namespace hostlease
