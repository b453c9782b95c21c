#include "command.hpp"

#include "engine/operations.hpp"
#include "engine/rehearse.hpp"
#include "pool_progress.hpp"
#include "read/toml.hpp"

namespace hostlease {

ExitCode run_reconcile(Host& host, const CommandOptions& options) {
    Report report;
    if (options.dry_run) {
        const auto changes = rehearse_reconcile(host, report);
        if (!changes) return complain(changes.error());
        print_rehearsal(*changes, report, options.json);
        return ExitCode::done;
    }
    const auto status = [&] {
        const PoolProgress progress(options.root);
        return reconcile(host, report);
    }();
    if (options.json) {
        TomlTable table;
        put(table, "report", report_rows(report));
        print(to_json({std::move(table), {}}));
    } else {
        for (const auto& entry : report.entries)
            print(std::string(severity_word(entry.severity)) + ": " + entry.message + "\n");
        if (report.entries.empty()) print("nothing to do\n");
    }
    return status ? ExitCode::done : complain(status.error());
}

} // namespace hostlease
