// The machine-readable formats: the JSON of hostlease, and SARIF.
#include "advice/audit/render.hpp"
#include "text/value.hpp"

#include <algorithm>

namespace hostlease {

namespace {
std::string_view guest_word(Guest guest) {
    switch (guest) {
    case Guest::windows: return "windows";
    case Guest::linux: return "linux";
    case Guest::macos: return "macos";
    case Guest::other: return "other";
    case Guest::unknown: break;
    }
    return "unknown";
}

std::string_view vendor_word(CpuVendor vendor) {
    return vendor == CpuVendor::intel ? "intel" : vendor == CpuVendor::amd ? "amd" : "unknown";
}

Value node_of(ValueTable table) { return {std::move(table), {}}; }

Value finding_node(const AuditReport& report, const Rule& rule, const AuditFinding& finding) {
    ValueTable row;
    put(row, "rule", rule.id);
    put(row, "group", name_of(rule.group));
    put(row, "severity", audit_word(severity_of(rule, finding)));
    put(row, "file", finding.line == 0 ? std::string() : report.file);
    put(row, "line", std::uint64_t{finding.line});
    put(row, "found", finding.found);
    put(row, "wanted", finding.wanted);
    put(row, "why", rule.why);
    put(row, "symptom", symptom_of(rule, finding));
    put(row, "source", rule.source);
    put(row, "xml", finding.xml);
    return node_of(std::move(row));
}

ValueArray verdict_rows(const AuditReport& report, Verdict verdict, const std::string& reason) {
    ValueArray rows;
    for (const auto& result : report.results) {
        if (result.verdict != verdict) continue;
        ValueTable row;
        put(row, "rule", result.rule->id);
        put(row, reason, result.reason);
        rows.push_back(node_of(std::move(row)));
    }
    return rows;
}

Value text_node(std::string_view text) {
    ValueTable table;
    put(table, "text", text);
    return node_of(std::move(table));
}

/// Escapes all characters except the unreserved ones of RFC 3986 and '/'.
std::string uri_of(const std::string& path) {
    constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string uri = path.starts_with('/') ? "file://" : "";
    for (const char letter : path) {
        const auto byte = static_cast<unsigned char>(letter);
        if (plain.find(letter) != std::string_view::npos)
            uri += letter;
        else
            ((uri += '%') += digits[byte >> 4]) += digits[byte & 15];
    }
    return uri;
}

Value rule_node(const Rule& rule) {
    ValueTable configuration;
    put(configuration, "level", to_text(rule.severity));
    ValueTable properties;
    put(properties, "tags", ValueArray{{std::string(name_of(rule.group)), {}}});
    ValueTable row;
    put(row, "id", rule.id);
    put(row, "shortDescription", text_node(rule.why).value);
    put(row, "fullDescription",
        text_node(std::string(rule.why) + " Symptom: " + std::string(rule.symptom) + ".").value);
    put(row, "helpUri", rule.source);
    put(row, "defaultConfiguration", std::move(configuration));
    put(row, "properties", std::move(properties));
    return node_of(std::move(row));
}

Value location_node(const AuditReport& report, const AuditFinding& finding) {
    ValueTable artifact;
    put(artifact, "uri", uri_of(report.file));
    ValueTable region;
    put(region, "startLine", std::uint64_t{std::max(1U, finding.line)});
    ValueTable physical;
    put(physical, "artifactLocation", std::move(artifact));
    put(physical, "region", std::move(region));
    ValueTable location;
    put(location, "physicalLocation", std::move(physical));
    return node_of(std::move(location));
}

Value result_node(const AuditReport& report, std::size_t index, const AuditFinding& finding) {
    const Rule& rule = *report.results[index].rule;
    std::string message = finding.found + ".";
    if (!finding.wanted.empty()) message += " Wanted: " + finding.wanted + ".";
    if (!finding.xml.empty()) message += " XML:\n" + finding.xml;
    ValueTable row;
    put(row, "ruleId", rule.id);
    put(row, "ruleIndex", std::uint64_t{index});
    put(row, "level", to_text(severity_of(rule, finding)));
    put(row, "message", text_node(message).value);
    put(row, "locations", ValueArray{location_node(report, finding)});
    return node_of(std::move(row));
}
} // namespace

ValueTable score_row(const GroupScore& score) {
    ValueTable row;
    put(row, "group", name_of(score.group));
    put(row, "passed", std::uint64_t{score.passed});
    put(row, "of", std::uint64_t{score.of});
    return row;
}

ValueTable audit_table(const AuditReport& report, ValueArray scores) {
    ValueTable table;
    put(table, "domain", report.domain);
    put(table, "file", report.file);
    put(table, "guest", guest_word(report.guest));
    put(table, "windows", report.windows);
    put(table, "cpu", vendor_word(report.vendor));
    put(table, "host", report.with_host);
    put(table, "scores", std::move(scores));
    ValueArray findings;
    for (const auto& result : report.results)
        for (const auto& finding : result.findings)
            findings.push_back(finding_node(report, *result.rule, finding));
    put(table, "findings", std::move(findings));
    put(table, "ignored", verdict_rows(report, Verdict::ignored, "by"));
    put(table, "not_applicable", verdict_rows(report, Verdict::not_applicable, "reason"));
    return table;
}

std::string render_json(const AuditReport& report) {
    ValueArray scores;
    for (const auto& score : report.scores)
        scores.push_back(node_of(score_row(score)));
    return to_json(node_of(audit_table(report, std::move(scores))));
}

std::string render_sarif(const AuditReport& report, const std::string& version) {
    ValueArray rules;
    ValueArray results;
    for (std::size_t index = 0; index < report.results.size(); ++index) {
        rules.push_back(rule_node(*report.results[index].rule));
        for (const auto& finding : report.results[index].findings)
            results.push_back(result_node(report, index, finding));
    }
    ValueTable driver;
    put(driver, "name", "hostlease");
    put(driver, "version", version);
    put(driver, "rules", std::move(rules));
    ValueTable tool;
    put(tool, "driver", std::move(driver));
    ValueTable run;
    put(run, "tool", std::move(tool));
    put(run, "columnKind", "utf16CodeUnits");
    put(run, "results", std::move(results));
    ValueTable log;
    put(log, "$schema",
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json");
    put(log, "version", "2.1.0");
    put(log, "runs", ValueArray{node_of(std::move(run))});
    return to_json(node_of(std::move(log)));
}

} // namespace hostlease
