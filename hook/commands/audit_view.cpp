#include "audit_view.hpp"

#include "audit_host.hpp"
#include "engine/policy_store.hpp"
#include "read/domain_xml.hpp"

#include <optional>

namespace hostlease {

namespace {
/// The policy that matches, one that speaks of audits alone included.
tl::expected<std::optional<Policy>, Diagnostics> policy_of(Host& host, const CommandOptions& options, const Domain& domain,
                                                           Diagnostics& warnings) {
    if (!options.policy.empty()) return choose_policy(host, options, domain, warnings);
    return matching_policy(host, read_policy_heads(host), domain, warnings);
}

/// Of [audit] in the policy: names that no rule has.
void check_ignored(const Policy& policy, Diagnostics& problems) {
    const auto unknown = unknown_rules(policy);
    for (const auto& one : unknown.all())
        problems.warning(one.position, one.message, one.hint);
}

tl::expected<AuditView, AuditFailure> audit_domain(Host& host, const CommandOptions& options, const AuditSubject& subject,
                                                   const Domain& domain, XmlElement root) {
    AuditView view;
    auto policy = policy_of(host, options, domain, view.warnings);
    if (!policy && (subject.with_host || !options.policy.empty())) return tl::unexpected<AuditFailure>(policy.error());
    if (!policy) {
        view.warnings.append(policy.error());
        policy = std::optional<Policy>{};
    }
    if (*policy) check_ignored(**policy, view.warnings);
    std::optional<AuditFacts> facts;
    if (subject.with_host) {
        auto found = look_at_host(host, domain);
        if (!found) return tl::unexpected<AuditFailure>(found.error());
        facts = std::move(*found);
    }
    AuditInput input{.root = root, .domain = domain};
    input.guest = guest_of(options, root, domain, input.windows);
    input.vendor = vendor_of(options, root, facts ? &*facts : nullptr);
    input.host = facts ? &*facts : nullptr;
    input.policy = *policy ? &**policy : nullptr;
    input.symptom = options.symptom;
    input.libvirt_version = libvirt_version();
    view.report = audit(input, subject.file);
    view.policy = std::move(*policy);
    return view;
}
} // namespace

tl::expected<AuditView, AuditFailure> look_at_audit(Host& host, const CommandOptions& options, const AuditSubject& subject) {
    const auto domain = read_domain_xml(subject.xml, subject.file, DomainIdentity::may_be_wrong);
    if (!domain) return tl::unexpected<AuditFailure>(domain.error());
    const auto document = XmlDocument::parse(subject.xml);
    if (!document)
        return tl::unexpected<AuditFailure>(Error{ErrorKind::domain_invalid, document.error().message, subject.file, 0});
    return audit_domain(host, options, subject, *domain, document->root());
}

std::string text_of(const AuditFailure& failure) {
    const auto* problems = std::get_if<Diagnostics>(&failure);
    return problems == nullptr ? std::get<Error>(failure).text() : problems->text();
}

} // namespace hostlease
