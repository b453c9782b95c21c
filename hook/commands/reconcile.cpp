#include "command.hpp"

#include "engine/operations.hpp"
#include "read/toml.hpp"

namespace hostlease {

namespace {
std::string_view severity_word(Severity severity) {
    return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "note";
}
} // namespace

ExitCode run_reconcile(Host& host, const CommandOptions& options) {
    Report report;
    const auto status = reconcile(host, report);
    if (options.json) {
        TomlArray list;
        for (const auto& entry : report.entries) {
            TomlTable row;
            put(row, "severity", severity_word(entry.severity));
            put(row, "knob", entry.knob);
            put(row, "target", entry.target);
            put(row, "message", entry.message);
            list.push_back({std::move(row), {}});
        }
        TomlTable table;
        put(table, "report", std::move(list));
        print(to_json({std::move(table), {}}));
    } else {
        for (const auto& entry : report.entries)
            print(std::string(severity_word(entry.severity)) + ": " + entry.message + "\n");
        if (report.entries.empty()) print("nothing to do\n");
    }
    return status ? ExitCode::done : complain(status.error());
}

} // namespace hostlease
