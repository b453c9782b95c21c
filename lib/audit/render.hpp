// An audit as text for people, as Markdown, as JSON, and as SARIF 2.1.0 for editors and code hosts.
#pragma once

#include "audit/audit.hpp"
#include "read/toml.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// Without control characters but line ends, whatever the domain's XML has in it.
std::string render_text(const AuditReport& report);
std::string render_markdown(const AuditReport& report);
std::string render_json(const AuditReport& report);

/// A log with one run: every rule that was asked, and a result for each finding. A finding of the host's is placed in the XML's first
/// line, since most readers want a place. Source: SARIF 2.1.0, OASIS Standard, 3.13 to 3.58.
std::string render_sarif(const AuditReport& report, const std::string& version);

/// What render_json prints, with these rows as its scores; those of score_row, which may say more.
TomlTable audit_table(const AuditReport& report, TomlArray scores);
/// {"group","passed","of"}
TomlTable score_row(const GroupScore& score);

/// "13 of 14"
std::string score_text(const GroupScore& score);
/// "0 errors, 1 warning, 2 pieces of advice"
std::string totals(const AuditReport& report);
/// The rules of a verdict, those of one reason together: "REASON: ID, ID".
std::vector<std::string> by_reason(const AuditReport& report, Verdict verdict);
/// "error", "warning" or "advice".
std::string_view audit_word(Severity severity);

} // namespace hostlease
