#include "advice/audit/audit.hpp"

#include "advice/audit/elements.hpp"
#include "advice/audit/overrides.hpp"
#include "model/machine_bus.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view legacy_windows[] = {"xp",    "2k", "2k3", "2k3r2", "vista", "2k8",
                                               "2k8r2", "7",  "8",   "8.1",   "2k12",  "2k12r2"};

struct Requirement {
    unsigned need;
    bool (*is_met)(const AuditInput& input);
    std::string_view otherwise;
};

bool has_bus(const AuditInput& input) { return has_device_bus(input.domain.arch, input.domain.machine); }

// Source of `kvm`: QEMU's docs/system/i386/hyperv.rst, "Hyper-V enlightenments ... KVM on x86 implements".
constexpr Requirement requirements[] = {
    {x86, [](const AuditInput& input) { return input.is_x86(); }, "the guest is not an x86 machine"},
    {virtio_guest,
     [](const AuditInput& input) { return input.guest != Guest::macos && input.guest != Guest::other; },
     "the guest is neither Windows nor Linux and may have no virtio driver"},
    {virtio_guest, has_bus, "the machine has no PCI bus"},
    {kvm, [](const AuditInput& input) { return input.is_kvm(); }, "the guest does not run under KVM"},
    {a_windows_guest | current_windows | windows_11,
     [](const AuditInput& input) { return input.guest == Guest::windows; },
     "the guest is not known to be Windows (see --guest)"},
    {current_windows, [](const AuditInput& input) { return !input.is_legacy_windows(); },
     "Windows before 10 does not use this"},
    {windows_11, [](const AuditInput& input) { return input.windows == "11"; },
     "only Windows 11 requires this"},
    {host_facts, [](const AuditInput& input) { return input.host != nullptr; },
     "the host was not checked (see --host)"}};

/// Why the rule does not apply to this input; "" if it applies.
std::string_view unmet(const Rule& rule, const AuditInput& input) {
    for (const auto& requirement : requirements)
        if ((rule.needs & requirement.need) != 0 && !requirement.is_met(input)) return requirement.otherwise;
    return {};
}

const IgnoredRule* ignored(const Rule& rule, const AuditInput& input) {
    if (input.policy == nullptr || !input.policy->audit_ignore) return nullptr;
    const auto& list = *input.policy->audit_ignore;
    const auto found =
        std::find_if(list.begin(), list.end(), [&](const IgnoredRule& one) { return one.id == rule.id; });
    return found == list.end() ? nullptr : &*found;
}

bool is_requested(const Rule& rule, const AuditInput& input) {
    return (input.symptom.empty() || is_about(rule, input.symptom)) &&
           (!input.group || rule.group == *input.group);
}

RuleResult judge(const Rule& rule, const AuditInput& input, bool& counts) {
    RuleResult result;
    result.rule = &rule;
    counts = false;
    if (const auto* line = ignored(rule, input)) {
        result.verdict = Verdict::ignored;
        result.reason = line->position.text();
        return result;
    }
    AuditOutcome outcome;
    if (const auto reason = unmet(rule, input); !reason.empty())
        outcome.skip(std::string(reason));
    else if (const auto* argument = argument_that_overrides(rule, input.domain); argument != nullptr)
        outcome.skip(argument->option + " of <qemu:commandline> replaces it");
    else
        rule.check(input, rule, outcome);
    result.findings = fold(std::move(outcome.findings));
    counts = rule.counts && outcome.counts && (!result.findings.empty() || outcome.not_applicable.empty());
    if (!result.findings.empty()) {
        result.verdict = Verdict::failed;
    } else if (!outcome.not_applicable.empty()) {
        result.verdict = Verdict::not_applicable;
        result.reason = std::move(outcome.not_applicable);
    }
    return result;
}

void count(std::vector<GroupScore>& scores, RuleGroup group, bool passed) {
    if (scores.empty() || scores.back().group != group) scores.push_back({group, 0, 0});
    scores.back().of += 1;
    if (passed) scores.back().passed += 1;
}
} // namespace

bool AuditInput::is_legacy_windows() const {
    return guest == Guest::windows && std::find(std::begin(legacy_windows), std::end(legacy_windows),
                                                windows) != std::end(legacy_windows);
}

bool AuditReport::has_warnings() const {
    return std::any_of(results.begin(), results.end(), [](const RuleResult& result) {
        return std::any_of(result.findings.begin(), result.findings.end(), [&](const AuditFinding& finding) {
            return severity_of(*result.rule, finding) != Severity::note;
        });
    });
}

Severity severity_of(const Rule& rule, const AuditFinding& finding) {
    return finding.severity.value_or(rule.severity);
}

std::string_view symptom_of(const Rule& rule, const AuditFinding& finding) {
    const bool is_worse = severity_of(rule, finding) == Severity::error && rule.severity != Severity::error;
    return is_worse ? "the VM cannot be defined, or does not start" : rule.symptom;
}

AuditReport audit(const AuditInput& input, const std::string& file) {
    AuditReport report;
    report.domain = input.domain.name;
    report.file = file;
    report.guest = input.guest;
    report.windows = input.windows;
    report.vendor = input.vendor;
    report.with_host = input.host != nullptr;
    for (const Rule* rule : all_rules()) {
        if (!is_requested(*rule, input)) continue;
        bool counts = false;
        report.results.push_back(judge(*rule, input, counts));
        if (counts) count(report.scores, rule->group, report.results.back().verdict == Verdict::passed);
    }
    return report;
}

} // namespace hostlease
