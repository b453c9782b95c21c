#include "command.hpp"

#include "engine/policy_store.hpp"
#include "engine/survey.hpp"
#include "ledger/ledger.hpp"
#include "plan/render.hpp"
#include "read/domain_xml.hpp"

#include <optional>

namespace hostlease {

namespace {
Result<std::string> read_xml(const CommandOptions& options) {
    if (!options.xml.empty()) return read_user_file(options.xml, domain_xml_limit);
    if (options.words.size() == 1) return read_libvirt_domain(options.connect, options.words.front());
    return fail(ErrorKind::usage, "plan needs --xml FILE, or the name of one domain");
}

/// The policy given with --policy, a file or a name; else the one that matches.
tl::expected<std::optional<Policy>, Diagnostics> choose(Host& host, const CommandOptions& options, const Domain& domain,
                                                        Diagnostics& warnings) {
    if (options.policy.empty()) return policy_for(host, read_policy_heads(host), domain, warnings);
    auto policy = options.policy.find('/') == std::string::npos ? load_policy_named(host, options.policy) : std::nullopt;
    if (!policy) policy = load_policy_file(host, options.policy);
    if (!*policy) return tl::unexpected<Diagnostics>(policy->error());
    return std::optional<Policy>(std::move(**policy));
}

Result<Plan> no_policy(const Domain& domain) {
    Plan plan;
    plan.domain = domain.name;
    plan.uuid = domain.uuid;
    return plan;
}
} // namespace

ExitCode run_plan(Host& host, const CommandOptions& options) {
    const auto xml = read_xml(options);
    if (!xml) return complain(xml.error());
    const auto domain = read_domain_xml(*xml, options.xml.empty() ? options.words.front() : options.xml);
    if (!domain) {
        complain(domain.error().text());
        return ExitCode::bad_input;
    }
    Diagnostics warnings;
    const auto policy = choose(host, options, *domain, warnings);
    if (!policy) {
        complain(policy.error().text());
        return ExitCode::bad_input;
    }
    auto ledger = Ledger::peek(host);
    if (!ledger) warnings.warning({}, "cannot read the ledger, so other VMs' leases are not counted: " + ledger.error().text());
    auto planned = *policy ? plan_domain(host, *domain, **policy, ledger.value_or(LedgerContent{})) : no_policy(*domain);
    if (!planned) return complain(planned.error());
    Plan& plan = *planned;
    warnings.append(plan.notes);
    plan.notes = warnings;
    if (options.json)
        print(render_json(plan));
    else
        print(*policy ? render_text(plan)
                      : "domain " + plan.domain + " (" + plan.uuid + ")\nno policy matches: hostlease would do nothing\n");
    if (!options.json && !plan.notes.all().empty()) complain(plan.notes.text());
    if (!plan.notes.has_errors()) return ExitCode::done;
    if (!options.json) complain("hostlease: this start would be refused, and nothing changed");
    return ExitCode::failed;
}

} // namespace hostlease
