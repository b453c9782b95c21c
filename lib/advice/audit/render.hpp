// An audit as text, Markdown, JSON, and as SARIF 2.1.0 for editors and code hosts.
#pragma once

#include "advice/audit/audit.hpp"
#include "text/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// Line ends are the only control characters in the result, whatever the domain's XML contains.
std::string render_text(const AuditReport& report);
std::string render_markdown(const AuditReport& report);
std::string render_json(const AuditReport& report);

/// A log with one run: every requested rule, and a result for each finding. A finding about the host refers
/// to the XML's first line, because most programs that read SARIF need a location. Source: SARIF 2.1.0, OASIS
/// Standard, 3.13 to 3.58.
std::string render_sarif(const AuditReport& report, const std::string& version);

/// The table that render_json() prints, with these rows as its scores. The rows are those of score_row() and
/// may have more keys.
ValueTable audit_table(const AuditReport& report, ValueArray scores);
/// One row {"group","passed","of"}.
ValueTable score_row(const GroupScore& score);

/// "13 of 14"
std::string score_text(const GroupScore& score);
/// "0 errors, 1 warning, 2 pieces of advice"
std::string totals(const AuditReport& report);
/// The rules with this verdict, one line for each reason: "REASON: ID, ID".
std::vector<std::string> by_reason(const AuditReport& report, Verdict verdict);
/// "error", "warning" or "advice".
std::string_view audit_word(Severity severity);

} // namespace hostlease
