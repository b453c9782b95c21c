#include "command.hpp"

#include "engine/operations.hpp"
#include "engine/rehearse.hpp"
#include "plan/render.hpp"
#include "pool_progress.hpp"
#include "read/toml.hpp"

namespace hostlease {

namespace {
Status reconcile_noting(Host& host, const CommandOptions& options, Report& report, std::vector<Change>& changes) {
    report.changes = &changes;
    const PoolProgress progress(options.root);
    auto status = reconcile(host, report);
    report.changes = nullptr;
    std::erase_if(changes, [](const Change& change) { return change.from == change.to; });
    return status;
}

void print_json(const Report& report, const std::vector<Change>& changes) {
    TomlTable table;
    put(table, "report", report_rows(report));
    put(table, "changes", change_rows(changes));
    put(table, "pages_given_back", report.deeds.pages_given_back);
    print(to_json({std::move(table), {}}));
}

void print_words(const Report& report, const std::vector<Change>& changes, bool is_done) {
    for (const auto& entry : report.entries)
        print(std::string(severity_word(entry.severity)) + ": " + entry.message + "\n");
    if (!changes.empty()) print(render_text(std::span(changes)));
    if (const auto deeds = to_text(report.deeds); !deeds.empty())
        print(deeds + "\n");
    else if (report.entries.empty() && is_done)
        print("nothing to do\n");
}
} // namespace

ExitCode run_reconcile(Host& host, const CommandOptions& options) {
    Report report;
    if (options.dry_run) {
        const auto changes = rehearse_reconcile(host, report);
        if (!changes) return complain(changes.error());
        print_rehearsal(*changes, report, options.json);
        return ExitCode::done;
    }
    std::vector<Change> changes;
    const auto status = reconcile_noting(host, options, report, changes);
    if (options.json)
        print_json(report, changes);
    else
        print_words(report, changes, status.has_value());
    return status ? ExitCode::done : complain(status.error());
}

} // namespace hostlease
