#include "audit/audit.hpp"
#include "audit/render.hpp"
#include "command.hpp"
#include "engine/hook_place.hpp"
#include "engine/policy_store.hpp"
#include "engine/promises.hpp"
#include "host/audit_facts.hpp"
#include "ledger/ledger.hpp"
#include "read/domain_xml.hpp"

#include <optional>

namespace hostlease {

namespace {
/// A domain is named, a file has a path or ends in .xml.
bool is_file(const std::string& word) { return word == "-" || word.ends_with(".xml") || word.find('/') != std::string::npos; }

struct Subject {
    std::string file; // that lines are of
    std::string xml;
    bool with_host = false;
};

Status check_options(const CommandOptions& options) {
    if (options.host && options.no_host) return fail(ErrorKind::usage, "--host and --no-host contradict each other");
    if (int{options.json} + int{options.sarif} + int{options.markdown} > 1)
        return fail(ErrorKind::usage, "only one of --json, --sarif and --markdown");
    return {};
}

Result<Subject> subject_of(const CommandOptions& options) {
    TRY_VOID(check_options(options));
    if (options.words.size() != 1) return fail(ErrorKind::usage, "audit needs a DOMAIN, or a FILE.xml");
    Subject subject;
    subject.file = options.words.front();
    const bool from_file = is_file(subject.file);
    subject.with_host = options.host || (!from_file && !options.no_host);
    subject.xml = from_file ? TRY(read_user_file(subject.file, domain_xml_limit))
                            : TRY(read_libvirt_domain(options.connect, subject.file, DomainXml::defined));
    return subject;
}

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

void print_report(const AuditReport& report, const CommandOptions& options) {
    if (options.sarif)
        print(render_sarif(report, HOSTLEASE_VERSION));
    else if (options.json)
        print(render_json(report));
    else
        print(options.markdown ? render_markdown(report) : render_text(report));
}

/// Of [audit] in the policy: names that no rule has.
void check_ignored(const Policy& policy, Diagnostics& problems) {
    const auto unknown = unknown_rules(policy);
    for (const auto& one : unknown.all())
        problems.warning(one.position, one.message, one.hint);
}

ExitCode audit_domain(Host& host, const CommandOptions& options, const Subject& subject, const Domain& domain, XmlElement root) {
    Diagnostics warnings;
    auto policy = policy_of(host, options, domain, warnings);
    if (!policy && (subject.with_host || !options.policy.empty())) {
        complain(policy.error().text());
        return ExitCode::bad_input;
    }
    if (!policy) { // XML of another host may well name a policy that this one lacks
        warnings.append(policy.error());
        policy = std::optional<Policy>{};
    }
    if (*policy) check_ignored(**policy, warnings);
    std::optional<AuditFacts> facts;
    if (subject.with_host) {
        auto found = look_at_host(host, domain);
        if (!found) return complain(found.error());
        facts = std::move(*found);
    }
    AuditInput input{.root = root, .domain = domain};
    input.guest = guest_of(options, root, domain, input.windows);
    input.vendor = vendor_of(options, root, facts);
    input.host = facts ? &*facts : nullptr;
    input.policy = *policy ? &**policy : nullptr;
    input.symptom = options.symptom;
    input.libvirt_version = libvirt_version();
    const auto report = audit(input, subject.file);
    print_report(report, options);
    if (!warnings.all().empty()) complain(warnings.text());
    return report.has_warnings() ? ExitCode::findings : ExitCode::done;
}
} // namespace

Diagnostics unknown_rules(const Policy& policy) {
    Diagnostics problems;
    if (!policy.audit_ignore) return problems;
    std::vector<std::string_view> known;
    for (const Rule* rule : all_rules())
        known.push_back(rule->id);
    for (const auto& one : *policy.audit_ignore) {
        if (find_rule(one.id) != nullptr) continue;
        const auto meant = nearest_word(one.id, known);
        problems.error(one.position, "audit.ignore names '" + one.id + "', which is no rule",
                       meant.empty() ? "`hostlease audit` prints the rules" : "did you mean \"" + meant + "\"?");
    }
    return problems;
}

ExitCode run_audit(Host& host, const CommandOptions& options) {
    const auto subject = subject_of(options);
    if (!subject) return complain(subject.error());
    const auto domain = read_domain_xml(subject->xml, subject->file, DomainIdentity::may_be_missing);
    if (!domain) {
        complain(domain.error().text());
        return ExitCode::bad_input;
    }
    const auto document = XmlDocument::parse(subject->xml);
    if (!document) return complain(Error{ErrorKind::domain_invalid, document.error().message, subject->file, 0});
    return audit_domain(host, options, *subject, *domain, document->root());
}

} // namespace hostlease
