// The audit of a domain's XML under the matching policy and, on request, of this host as well.
#pragma once

#include "advice/audit/audit.hpp"
#include "command.hpp"

#include <optional>
#include <string>
#include <variant>

namespace hostlease {

struct AuditSubject {
    std::string file; // the file of line numbers
    std::string xml;
    bool with_host = false;
};

struct AuditView {
    std::optional<Policy> policy; // the policy that matches the domain
    AuditReport report;
    Diagnostics warnings; // about the policy and the leases
};

/// An error in the XML or a policy, or a host that cannot be inspected.
using AuditFailure = std::variant<Diagnostics, Error>;

/// The user's choices; by default the XML and the host decide.
struct AuditRequest {
    std::string policy; // a name or a file; "" for the matching policy
    std::optional<Guest> guest;
    std::optional<CpuVendor> vendor;
    std::string symptom; // "" for every rule
};

/// Reads the subject and, if requested, the host, and checks them against all rules. An unreadable policy is
/// a failure only with the host: XML from another host may name a policy that this host does not have.
tl::expected<AuditView, AuditFailure> look_at_audit(Host& host, const AuditRequest& request,
                                                    const AuditSubject& subject);

/// The reason as text for people, one or more lines.
std::string text_of(const AuditFailure& failure);

} // namespace hostlease
