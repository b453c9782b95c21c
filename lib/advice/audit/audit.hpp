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
    std::string reason;                 // why the rule does not apply, or which line of a policy ignores it
    std::vector<AuditFinding> findings; // if it failed
};

/// The number of rules that passed, and the number of those that applied, count and were not ignored.
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

/// Guesses the guest's system from libosinfo's id, Apple's chip, Hyper-V enlightenments or a clock in local
/// time. Sets `windows` to the version if the id contains it.
Guest guess_guest(XmlElement root, const Domain& domain, std::string& windows);

/// The vendor of the CPU model in the XML.
CpuVendor guess_vendor(XmlElement root);
/// Whether the CPU model of the XML has the feature topoext by default: EPYC models and Dhyana do, older
/// models do not. Source: builtin_x86_defs of target/i386/cpu.c (QEMU 9.0).
bool model_has_topoext(XmlElement root);
/// The vendor for CPUID's name, "GenuineIntel".
CpuVendor vendor_named(std::string_view name);

/// The severity of a finding: the finding's own, or else the rule's.
Severity severity_of(const Rule& rule, const AuditFinding& finding);

/// The symptom that a user notices. If a finding is an error but its rule is milder, the symptom is that the
/// VM cannot be defined or does not start.
std::string_view symptom_of(const Rule& rule, const AuditFinding& finding);

/// Calls take(result, finding) for each finding, the most severe first.
template <typename Take>
void each_finding(const AuditReport& report, Take take) {
    for (const auto severity : {Severity::error, Severity::warning, Severity::note})
        for (const auto& result : report.results)
            for (const auto& finding : result.findings)
                if (severity_of(*result.rule, finding) == severity) take(result, finding);
}

/// Checks all rules, or only those of `input.group` or whose violation can cause `input.symptom`. `file` is
/// the name of the XML.
AuditReport audit(const AuditInput& input, const std::string& file);

} // namespace hostlease
