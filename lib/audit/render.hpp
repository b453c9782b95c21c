// An audit as text for people, as Markdown, as JSON, and as SARIF 2.1.0 for editors and code hosts.
#pragma once

#include "audit/audit.hpp"

#include <string>

namespace hostlease {

std::string render_text(const AuditReport& report);
std::string render_markdown(const AuditReport& report);
std::string render_json(const AuditReport& report);

/// A log with one run: every rule that was asked, and a result for each finding. A finding of the host's is placed in the XML's first
/// line, since most readers want a place. Source: SARIF 2.1.0, OASIS Standard, 3.13 to 3.58.
std::string render_sarif(const AuditReport& report, const std::string& version);

/// "error", "warning" or "advice".
std::string_view audit_word(Severity severity);

} // namespace hostlease
