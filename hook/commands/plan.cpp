#include "command.hpp"

#include "engine/survey.hpp"
#include "plan/fold_targets.hpp"
#include "plan/render.hpp"

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    DomainSource source;
    std::string policy;
    bool json = false;
};

ExitCode run(Host& host, const Options& options) {
    const auto domain = read_domain(options.source, DomainXml::defined);
    if (!domain) return domain.error();
    Diagnostics warnings;
    const auto policy = choose_policy(host, options.policy, *domain, warnings);
    if (!policy) {
        complain(policy.error().text());
        return ExitCode::bad_input;
    }
    const auto ledger = read_ledger(host, warnings);
    if (!ledger) warnings.error({}, ledger.error().text());
    const LedgerContent known = ledger.value_or(LedgerContent{});
    auto planned =
        *policy ? plan_domain(host, *domain, **policy, known) : plan_without_policy(host, *domain, known);
    if (!planned) return complain(planned.error());
    Plan& plan = *planned;
    warnings.append(plan.notes);
    plan.notes = warnings;
    if (options.json)
        print(render_json(plan));
    else
        print(*policy ? render_text(plan)
                      : "domain " + plan.domain + " (" + plan.uuid +
                            ")\nno policy matches: hostlease would do nothing\n");
    if (!options.json && !plan.notes.all().empty()) complain(folded_text(plan.notes));
    if (!plan.notes.has_errors()) return ExitCode::done;
    if (!options.json) complain("hostlease: this start would be refused; nothing would change");
    return ExitCode::failed;
}

void add_options(OptionList& list, Options& options) {
    add_json(list, options.json);
    add_domain_source(list, options.source);
    add_policy(list, options.policy);
}
} // namespace

extern constinit const Verb verb_plan{
    .name = "plan",
    .category = Category::look,
    .summary = "Show what a start of the VM would change on this host, and why",
    .details = "Writes nothing.",
    .words = "[DOMAIN]",
    .example = "hostlease plan --xml win11.xml --policy win11.toml",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease
