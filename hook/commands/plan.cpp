#include "command.hpp"

#include "engine/survey.hpp"
#include "ledger/ledger.hpp"
#include "plan/render.hpp"

namespace hostlease {

ExitCode run_plan(Host& host, const CommandOptions& options) {
    const auto domain = read_domain(options, DomainXml::defined);
    if (!domain) return domain.error();
    Diagnostics warnings;
    const auto policy = choose_policy(host, options, *domain, warnings);
    if (!policy) {
        complain(policy.error().text());
        return ExitCode::bad_input;
    }
    auto ledger = Ledger::peek(host);
    if (!ledger) warnings.warning({}, "cannot read the ledger, so other VMs' leases are not counted: " + ledger.error().text());
    const LedgerContent known = ledger.value_or(LedgerContent{});
    auto planned = *policy ? plan_domain(host, *domain, **policy, known) : plan_without_policy(host, *domain, known);
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
