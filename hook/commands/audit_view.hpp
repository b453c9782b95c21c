// An audit as the command makes it: of a domain's XML, of the policy that matches, and where it is asked for of this host.
#pragma once

#include "audit/audit.hpp"
#include "command.hpp"

#include <optional>
#include <string>
#include <variant>

namespace hostlease {

struct AuditSubject {
    std::string file; // that lines are of
    std::string xml;
    bool with_host = false;
};

struct AuditView {
    std::optional<Policy> policy; // that matches the domain
    AuditReport report;
    Diagnostics warnings; // of the policy
};

/// Of the XML or a policy, or of a host that cannot be looked at.
using AuditFailure = std::variant<Diagnostics, Error>;

/// Looks at what the subject and the options name, and holds all rules against it. Only with the host is a policy that cannot be read a failure:
/// XML of another host may well name one that this host lacks.
tl::expected<AuditView, AuditFailure> look_at_audit(Host& host, const CommandOptions& options, const AuditSubject& subject);

/// The reason for people, one or more lines.
std::string text_of(const AuditFailure& failure);

} // namespace hostlease
