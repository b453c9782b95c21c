// An audit as the command makes it: of a domain's XML, of the policy that matches, and where it is asked for
// of this host.
#pragma once

#include "advice/audit/audit.hpp"
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

/// The user's choices; by default the XML and the host decide.
struct AuditRequest {
    std::string policy; // a name or a file; "": the one that matches
    std::optional<Guest> guest;
    std::optional<CpuVendor> vendor;
    std::string symptom; // "": every rule
};

/// Reads the subject and, with the host, the host, and checks them against all rules. A policy that cannot be
/// read is a failure only with the host: XML of another host may well name a policy that this host lacks.
tl::expected<AuditView, AuditFailure> look_at_audit(Host& host, const AuditRequest& request,
                                                    const AuditSubject& subject);

/// The reason for people, one or more lines.
std::string text_of(const AuditFailure& failure);

} // namespace hostlease
