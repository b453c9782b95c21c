#include "advice/audit/render.hpp"

#include "core/foreign_text.hpp"
#include "core/parse.hpp"
#include "core/text_table.hpp"

#include <algorithm>
#include <array>

namespace hostlease {

namespace {
std::string guest_text(const AuditReport& report) {
    switch (report.guest) {
    case Guest::windows: return report.windows.empty() ? "Windows" : "Windows " + report.windows;
    case Guest::linux: return "Linux";
    case Guest::macos: return "macOS";
    case Guest::other: return "neither Windows nor Linux";
    case Guest::unknown: break;
    }
    return "guest unknown (see --guest)";
}

std::string vendor_text(const AuditReport& report) {
    switch (report.vendor) {
    case CpuVendor::intel: return "an Intel CPU";
    case CpuVendor::amd: return "an AMD CPU";
    case CpuVendor::unknown: break;
    }
    return "CPU unknown (see --cpu)";
}

std::string head(const AuditReport& report) {
    return guest_text(report) + ", " + vendor_text(report) +
           (report.with_host ? "" : ", host not checked (see --host)");
}

std::string place(const AuditReport& report, const AuditFinding& finding) {
    return finding.line == 0 ? "host" : SourcePosition{report.file, finding.line, 0}.text();
}

std::string plural(std::size_t count, const std::string& one, const std::string& more) {
    return std::to_string(count) + " " + (count == 1 ? one : more);
}

std::string indented(std::string_view text, std::string_view indent) {
    std::string lines;
    split(text, '\n',
          [&](std::string_view line) { lines += std::string(indent) + std::string(line) + "\n"; });
    return lines;
}

std::string finding_text(const AuditReport& report, const RuleResult& result, const AuditFinding& finding) {
    const Rule& rule = *result.rule;
    std::string text = place(report, finding) + ": " + std::string(audit_word(severity_of(rule, finding))) +
                       ": " + std::string(rule.id) + ": " + finding.found + "\n";
    if (!finding.wanted.empty()) text += "  wanted: " + finding.wanted + "\n";
    text += "  why: " + std::string(rule.why) + "\n  symptom: " + std::string(symptom_of(rule, finding)) +
            "\n  source: " + std::string(rule.source) + "\n";
    if (!finding.xml.empty()) text += "  XML:\n" + indented(finding.xml, "    ");
    return text;
}

std::string section(const std::string& title, const std::vector<std::string>& lines,
                    std::string_view bullet) {
    if (lines.empty()) return {};
    std::string text = "\n" + title + "\n" + (bullet == "- " ? "\n" : "");
    for (const auto& line : lines)
        text += std::string(bullet) + (bullet == "- " ? markdown_text(line) : line) + "\n";
    return text;
}

std::string finding_markdown(const AuditReport& report, const RuleResult& result,
                             const AuditFinding& finding) {
    const Rule& rule = *result.rule;
    std::string text = "\n### " + std::string(rule.id) + ": " +
                       std::string(audit_word(severity_of(rule, finding))) + "\n\n" +
                       markdown_text(place(report, finding)) + ": " + markdown_text(finding.found) + "\n\n";
    if (!finding.wanted.empty()) text += "- wanted: " + markdown_text(finding.wanted) + "\n";
    text += "- why: " + markdown_text(rule.why) + "\n- symptom: " + markdown_text(symptom_of(rule, finding)) +
            "\n- source: <" + std::string(rule.source) + ">\n";
    if (!finding.xml.empty()) text += "\n" + markdown_code(finding.xml, "xml");
    return text;
}
} // namespace

std::string_view audit_word(Severity severity) {
    return severity == Severity::note ? "advice" : to_text(severity);
}

std::string score_text(const GroupScore& score) {
    return std::to_string(score.passed) + " of " + std::to_string(score.of);
}

std::string totals(const AuditReport& report) {
    std::array<std::size_t, 3> counts{};
    each_finding(report, [&](const RuleResult& result, const AuditFinding& finding) {
        ++counts[static_cast<std::size_t>(severity_of(*result.rule, finding))];
    });
    return plural(counts[static_cast<std::size_t>(Severity::error)], "error", "errors") + ", " +
           plural(counts[static_cast<std::size_t>(Severity::warning)], "warning", "warnings") + ", " +
           plural(counts[static_cast<std::size_t>(Severity::note)], "piece of advice", "pieces of advice");
}

std::vector<std::string> by_reason(const AuditReport& report, Verdict verdict) {
    std::vector<std::pair<std::string, std::string>> list;
    for (const auto& result : report.results) {
        if (result.verdict != verdict) continue;
        auto found = std::find_if(list.begin(), list.end(),
                                  [&](const auto& one) { return one.first == result.reason; });
        if (found == list.end()) found = list.insert(list.end(), {result.reason, ""});
        found->second += (found->second.empty() ? "" : ", ") + std::string(result.rule->id);
    }
    std::vector<std::string> lines;
    lines.reserve(list.size());
    for (const auto& [reason, ids] : list)
        lines.push_back(reason + ": " + ids);
    return lines;
}

std::string render_text(const AuditReport& report) {
    std::string text = "domain " + report.domain + " (" + report.file + ")\n" + head(report) + "\n";
    TextTable rows;
    for (const auto& score : report.scores)
        rows.push_back({std::string(name_of(score.group)), score_text(score)});
    if (!rows.empty()) text += "\n" + align(rows);
    each_finding(report, [&](const RuleResult& result, const AuditFinding& finding) {
        text += "\n" + finding_text(report, result, finding);
    });
    text += section("ignored", by_reason(report, Verdict::ignored), "  ");
    text += section("does not apply", by_reason(report, Verdict::not_applicable), "  ");
    return printable(text + "\n" + totals(report) + "\n", "\n");
}

std::string render_markdown(const AuditReport& report) {
    std::string text = "# Audit of " + markdown_text(report.domain) + "\n\n" + markdown_text(report.file) +
                       ": " + markdown_text(head(report)) + ". " + totals(report) + ".\n";
    if (!report.scores.empty()) text += "\n| group | score |\n| --- | --- |\n";
    for (const auto& score : report.scores)
        text += "| " + std::string(name_of(score.group)) + " | " + score_text(score) + " |\n";
    bool any = false;
    each_finding(report, [&](const RuleResult& result, const AuditFinding& finding) {
        if (!any) text += "\n## Findings\n";
        any = true;
        text += finding_markdown(report, result, finding);
    });
    text += section("## Ignored", by_reason(report, Verdict::ignored), "- ");
    return text + section("## Does not apply", by_reason(report, Verdict::not_applicable), "- ");
}

} // namespace hostlease
