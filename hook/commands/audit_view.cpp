#include "audit_view.hpp"

#include "audit_host.hpp"
#include "engine/policy_store.hpp"
#include "read/domain_xml.hpp"

#include <optional>

namespace hostlease {

namespace {
/// The policy that matches, even if it only concerns audits.
tl::expected<std::optional<Policy>, Diagnostics> policy_of(Host& host, const std::string& policy,
                                                           const Domain& domain, Diagnostics& warnings) {
    if (!policy.empty()) return choose_policy(host, policy, domain, warnings);
    return matching_policy(host, read_policy_heads(host), domain, warnings);
}

/// Reports names in the policy's [audit] that are not rules.
void check_ignored(const Policy& policy, Diagnostics& problems) {
    const auto unknown = unknown_rules(policy);
    for (const auto& one : unknown.all())
        problems.warning(one.position, one.message, one.hint);
}

tl::expected<AuditView, AuditFailure> audit_domain(Host& host, const AuditRequest& request,
                                                   const AuditSubject& subject, const Domain& domain,
                                                   XmlElement root) {
    AuditView view;
    auto policy = policy_of(host, request.policy, domain, view.warnings);
    if (!policy && (subject.with_host || !request.policy.empty()))
        return tl::unexpected<AuditFailure>(policy.error());
    if (!policy) {
        view.warnings.append(policy.error());
        policy = std::optional<Policy>{};
    }
    if (*policy) check_ignored(**policy, view.warnings);
    std::optional<AuditFacts> facts;
    if (subject.with_host) {
        facts = TRY(look_at_host(host, domain, root, view.warnings));
    }
    AuditInput input{.root = root, .domain = domain};
    input.guest = guest_of(request.guest, root, domain, input.windows);
    input.vendor = vendor_of(request.vendor, root, facts ? &*facts : nullptr);
    input.host = facts ? &*facts : nullptr;
    input.policy = *policy ? &**policy : nullptr;
    input.symptom = request.symptom;
    input.libvirt_version = libvirt_version();
    view.report = audit(input, subject.file);
    view.policy = std::move(*policy);
    return view;
}
} // namespace

tl::expected<AuditView, AuditFailure> look_at_audit(Host& host, const AuditRequest& request,
                                                    const AuditSubject& subject) {
    const auto read = TRY(read_domain_document(subject.xml, subject.file, DomainIdentity::may_be_wrong));
    TRY_VOID(must_be_of_qemu(read.domain, subject.file));
    return audit_domain(host, request, subject, read.domain, read.root());
}

std::string text_of(const AuditFailure& failure) {
    const auto* problems = std::get_if<Diagnostics>(&failure);
    return problems == nullptr ? std::get<Error>(failure).text() : problems->text();
}

} // namespace hostlease
