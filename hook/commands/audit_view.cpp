#include "audit_view.hpp"

#include "engine/hook_place.hpp"
#include "engine/policy_store.hpp"
#include "engine/promises.hpp"
#include "host/audit_facts.hpp"
#include "ledger/ledger.hpp"
#include "read/domain_xml.hpp"

#include <optional>

namespace hostlease {

namespace {
/// Our hook, and whether libvirt can run it.
Status look_at_hook(Host& host, AuditFacts& facts) {
    const auto hooks = TRY(own_hooks(host));
    if (hooks.empty()) return {};
    facts.hook = hooks.front();
    const auto program = host.resolve(facts.hook);
    const auto status = program ? host.status(*program) : Result<FileStatus>(tl::unexpected(program.error()));
    if (!status)
        facts.hook_problem = is_missing(status.error()) ? "leads nowhere" : status.error().text();
    else if ((status->mode & 0111U) == 0)
        facts.hook_problem = "may not be run";
    else if (hooks.size() > 1)
        facts.hook_problem = "libvirt calls " + hooks[1] + " as well, so that each lease is asked for twice";
    else if (facts.hook.find("qemu.d/") != std::string::npos && libvirt_version() < first_libvirt_with_folder)
        facts.hook_problem = "this libvirt runs nothing in qemu.d";
    return {};
}

Result<AuditFacts> look_at_host(Host& host, const Domain& domain) {
    auto facts = TRY(read_audit_facts(host, domain));
    TRY_VOID(look_at_hook(host, facts));
    for (auto& lease : TRY(Ledger::peek(host)).leases)
        if (lease.uuid != domain.uuid) facts.leases.push_back(std::move(lease));
    facts.promised = TRY(open_promises(host, facts.leases, domain.uuid));
    return facts;
}

/// The policy that matches, one that speaks of audits alone included.
tl::expected<std::optional<Policy>, Diagnostics> policy_of(Host& host, const CommandOptions& options, const Domain& domain,
                                                           Diagnostics& warnings) {
    if (!options.policy.empty()) return choose_policy(host, options, domain, warnings);
    return matching_policy(host, read_policy_heads(host), domain, warnings);
}

Guest guest_of(const CommandOptions& options, XmlElement root, const Domain& domain, std::string& windows) {
    const auto guessed = guess_guest(root, domain, windows);
    if (options.guest.empty()) return guessed;
    if (options.guest == "windows") return Guest::windows;
    windows.clear();
    return Guest::other;
}

CpuVendor vendor_of(const CommandOptions& options, XmlElement root, const std::optional<AuditFacts>& facts) {
    if (options.cpu == "intel") return CpuVendor::intel;
    if (options.cpu == "amd") return CpuVendor::amd;
    if (facts && vendor_named(facts->cpu_vendor) != CpuVendor::unknown) return vendor_named(facts->cpu_vendor);
    return guess_vendor(root);
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
    input.vendor = vendor_of(options, root, facts);
    input.host = facts ? &*facts : nullptr;
    input.policy = *policy ? &**policy : nullptr;
    input.symptom = options.symptom;
    input.libvirt_version = libvirt_version();
    view.report = audit(input, subject.file);
    return view;
}
} // namespace

tl::expected<AuditView, AuditFailure> look_at_audit(Host& host, const CommandOptions& options, const AuditSubject& subject) {
    const auto domain = read_domain_xml(subject.xml, subject.file, DomainIdentity::may_be_missing);
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
