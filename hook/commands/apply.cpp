#include "engine/apply.hpp"

#include "command.hpp"
#include "plan/render.hpp"

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    DomainSource source;
    std::string policy;
    bool json = false;
    bool dry_run = false;
    bool moves = false;

    [[nodiscard]] Place place() const { return moves ? Place::anew : Place::kept; }
};

ExitCode show(Host& host, const Options& options, const Domain& domain, const Policy& policy, Call& call) {
    const auto changes = rehearse_apply(host, domain, policy, call, options.place());
    if (!changes) return complain(changes.error());
    print_rehearsal(*changes, call.report, options.json);
    return ExitCode::done;
}

/// "applied policy 'win11' to 'win11': 2 values changed", followed by the changes.
std::string applied_text(const Domain& domain, const Policy& policy, const std::vector<Change>& changes) {
    const auto count = changes.size();
    return "applied policy '" + policy.name + "' to '" + domain.name +
           "': " + (count == 0 ? "no" : std::to_string(count)) + (count < 2 ? " value" : " values") +
           " changed\n" + (count == 0 ? "" : render_text(changes));
}

ExitCode apply(Host& host, const Options& options, const Domain& domain, const Policy& policy, Call& call) {
    call.changes.emplace();
    const auto status = apply_policy(host, domain, policy, call, options.place());
    auto& changes = *call.changes;
    std::erase_if(changes, [](const Change& change) { return change.from == change.to; });
    if (options.json) {
        ValueTable table;
        put(table, "domain", domain.name);
        put(table, "policy", policy.name);
        put(table, "applied", status.has_value());
        put(table, "changes", change_rows(changes));
        put(table, "report", report_rows(call.report));
        print(to_json({std::move(table), {}}));
        return status ? ExitCode::done : complain(status.error());
    }
    complain(call.report);
    if (!status) return complain(status.error(), call.report);
    print(applied_text(domain, policy, changes));
    return ExitCode::done;
}

ExitCode run(Host& host, const Options& options) {
    const auto domain = read_domain(options.source, DomainXml::running);
    if (!domain) return domain.error();
    Diagnostics warnings;
    const auto policy = choose_policy(host, options.policy, *domain, warnings);
    if (!policy) {
        complain(policy.error().text());
        return ExitCode::bad_input;
    }
    if (!*policy) {
        complain("hostlease: no policy matches VM '" + domain->name +
                 "'\n  hint: `hostlease release --force " + domain->name + "` releases its lease");
        return ExitCode::failed;
    }
    Call call;
    for (const auto& one : warnings.all())
        call.report.add(one.severity, one.text());
    return options.dry_run ? show(host, options, *domain, **policy, call)
                           : apply(host, options, *domain, **policy, call);
}

void add_options(OptionList& list, Options& options) {
    add_json(list, options.json);
    add_domain_source(list, options.source);
    add_policy(list, options.policy);
    list.flag("--move", options.moves, "choose CPUs anew (cpus.place) and move the VM there");
    add_dry_run(list, options.dry_run);
}
} // namespace

extern constinit const Verb verb_apply{
    .name = "apply",
    .category = Category::change,
    .summary = "Change a running VM's lease to what its policy says now",
    .details = "Either every change is made or none is.",
    .words = "[DOMAIN]",
    .example = "hostlease apply win11 --dry-run",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease
