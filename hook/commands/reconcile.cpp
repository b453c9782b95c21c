#include "command.hpp"

#include "engine/folded_report.hpp"
#include "engine/operations.hpp"
#include "engine/rehearse.hpp"
#include "plan/render.hpp"
#include "pool_progress.hpp"
#include "text/value.hpp"

#include <algorithm>

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    bool json = false;
    bool dry_run = false;
};

Status reconcile_noting(Host& host, const Options& options, Call& call) {
    call.changes.emplace();
    const PoolProgress progress(options.root);
    auto status = reconcile(host, call);
    std::erase_if(*call.changes, [](const Change& change) { return change.from == change.to; });
    return status;
}

void print_json(const Report& report, const std::vector<Change>& changes) {
    ValueTable table;
    put(table, "report", report_rows(report));
    put(table, "changes", change_rows(changes));
    put(table, "pages_given_back", report.deeds.pages_given_back);
    print(to_json({std::move(table), {}}));
}

/// Notes say what was done; what was not done is an error.
void print_words(const Report& report, const std::vector<Change>& changes, bool is_done) {
    for (const auto& entry : fold_entries(report.entries)) {
        const auto text = std::string(to_text(entry.severity)) + ": " + entry.message;
        if (entry.severity == Severity::note)
            print(text + "\n");
        else
            complain("hostlease: " + text);
    }
    if (!changes.empty()) print(render_text(std::span(changes)));
    if (const auto deeds = to_text(report.deeds); !deeds.empty())
        print(deeds + "\n");
    else if (report.entries.empty() && is_done)
        print("nothing to do\n");
}

ExitCode run(Host& host, const Options& options) {
    Call call;
    if (options.dry_run) {
        const auto changes = rehearse_reconcile(host, call);
        if (!changes) return complain(changes.error());
        print_rehearsal(*changes, call.report, options.json);
        return ExitCode::done;
    }
    const auto status = reconcile_noting(host, options, call);
    if (options.json)
        print_json(call.report, *call.changes);
    else
        print_words(call.report, *call.changes, status.has_value());
    if (!status) return complain(status.error(), call.report);
    const auto& entries = call.report.entries;
    const bool is_incomplete = std::any_of(
        entries.begin(), entries.end(), [](const auto& entry) { return entry.severity == Severity::error; });
    return is_incomplete ? ExitCode::failed : ExitCode::done;
}

void add_options(OptionList& list, Options& options) {
    add_json(list, options.json);
    add_dry_run(list, options.dry_run);
}
} // namespace

extern constinit const Verb verb_reconcile{
    .name = "reconcile",
    .category = Category::change,
    .summary = "Release the leases of VMs that are gone and finish interrupted changes",
    .details = "",
    .words = "",
    .example = "hostlease reconcile",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease
