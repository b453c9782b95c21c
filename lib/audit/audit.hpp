// Holds a domain, and where it is looked at its host, against all rules. Pure.
#pragma once

#include "audit/rule.hpp"

#include <string>
#include <vector>

namespace hostlease {

enum class Verdict { passed, failed, ignored, not_applicable };

struct RuleResult {
    const Rule* rule = nullptr;
    Verdict verdict = Verdict::passed;
    std::string reason;                 // why it does not apply, or who ignores it
    std::vector<AuditFinding> findings; // when it failed
};

/// Rules that passed, of those that applied and were not ignored.
struct GroupScore {
    RuleGroup group = RuleGroup::host;
    unsigned passed = 0;
    unsigned of = 0;
};

struct AuditReport {
    std::string domain;
    std::string file; // that the lines are of
    Guest guest = Guest::unknown;
    std::string windows;
    CpuVendor vendor = CpuVendor::unknown;
    bool with_host = false;
    std::vector<RuleResult> results; // of the rules that were asked for
    std::vector<GroupScore> scores;  // of the groups that have a rule that counts

    /// Whether some finding is more than advice.
    [[nodiscard]] bool has_warnings() const;
};

/// Which system the guest is by its XML: libosinfo's id, Hyper-V enlightenments, a clock in local time. `windows` becomes the version
/// where the id tells it.
Guest guess_guest(XmlElement root, const Domain& domain, std::string& windows);

/// The vendor by the CPU model of the XML.
CpuVendor guess_vendor(XmlElement root);
/// Whether the CPU model of the XML has the feature topoext without being asked for it. Source: builtin_x86_defs of
/// target/i386/cpu.c (QEMU 9.0): all of the EPYC family and Dhyana, none of the older ones.
bool model_has_topoext(XmlElement root);
/// The vendor by the name that CPUID gives it: "GenuineIntel".
CpuVendor vendor_named(std::string_view name);

/// The severity of a finding, its own or its rule's.
Severity severity_of(const Rule& rule, const AuditFinding& finding);

/// What a user feels of it: of an error, where the rule's own is less, that there is no VM.
std::string_view symptom_of(const Rule& rule, const AuditFinding& finding);

/// Calls take(result, finding) for each finding, the gravest first.
template <typename Take>
void each_finding(const AuditReport& report, Take take) {
    for (const auto severity : {Severity::error, Severity::warning, Severity::note})
        for (const auto& result : report.results)
            for (const auto& finding : result.findings)
                if (severity_of(*result.rule, finding) == severity) take(result, finding);
}

/// Every rule, or with a symptom those that it may come from. `file` is what the XML's lines are of.
AuditReport audit(const AuditInput& input, const std::string& file);

} // namespace hostlease
