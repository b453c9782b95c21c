#include "engine/verify.hpp"

#include "command.hpp"
#include "read/toml.hpp"

namespace hostlease {

ExitCode run_verify(Host& host, const CommandOptions& options) {
    const auto ledger = Ledger::peek(host);
    if (!ledger) return complain(ledger.error());
    const auto findings = verify(host, *ledger);
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
        const std::string values =
            finding.knob.empty() ? "" : finding.path + ": '" + finding.current + "', expected '" + finding.expected + "': ";
        print(values + finding.what + "\n");
    }
    if (options.json) {
        TomlTable table;
        put(table, "findings", std::move(list));
        print(to_json({std::move(table), {}}));
    } else if (findings.empty()) {
        print("the host is as the leases want it\n");
    }
    return findings.empty() ? ExitCode::done : ExitCode::findings;
}

} // namespace hostlease
