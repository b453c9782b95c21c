#include "engine/verify.hpp"

#include "command.hpp"
#include "read/toml.hpp"

namespace hostlease {

namespace {
/// "command (2), irqs.balancer (1)"
std::string names_of(const std::vector<Unseen>& list) {
    std::string text;
    for (const auto& one : list)
        text += (text.empty() ? "" : ", ") + one.knob + " (" + std::to_string(one.count) + ")";
    return text;
}

TomlArray rows_of(const std::vector<Unseen>& list) {
    TomlArray rows;
    for (const auto& one : list) {
        TomlTable row;
        put(row, "knob", one.knob);
        put(row, "targets", static_cast<std::int64_t>(one.count));
        rows.push_back({std::move(row), {}});
    }
    return rows;
}

/// The file, and what is known of its values: what is not there or cannot be read has none.
std::string place_of(const Finding& finding) {
    if (finding.knob.empty()) return "";
    std::string text = finding.path + ": ";
    if (!finding.current.empty()) text += "'" + finding.current + "', ";
    if (!finding.expected.empty()) text += "expected '" + finding.expected + "': ";
    return text;
}
} // namespace

ExitCode run_verify(Host& host, const CommandOptions& options) {
    const auto ledger = Ledger::peek(host);
    if (!ledger) return complain(ledger.error());
    const auto findings = verify(host, *ledger);
    const auto hidden = unseen(*ledger);
    TomlArray list;
    for (const auto& finding : findings) {
        TomlTable row;
        put(row, "knob", finding.knob);
        put(row, "target", finding.target);
        put(row, "path", finding.path);
        put(row, "expected", finding.expected);
        put(row, "current", finding.current);
        put(row, "what", finding.what);
        list.push_back({std::move(row), {}});
        if (options.json) continue;
        print(place_of(finding) + finding.what + "\n");
    }
    if (options.json) {
        TomlTable table;
        put(table, "findings", std::move(list));
        put(table, "not_verifiable", rows_of(hidden));
        print(to_json({std::move(table), {}}));
    } else if (findings.empty()) {
        print("the host is as the leases want it\n");
    }
    if (!options.json && !hidden.empty()) print("not verified, since the host cannot be asked: " + names_of(hidden) + "\n");
    return findings.empty() ? ExitCode::done : ExitCode::findings;
}

} // namespace hostlease
