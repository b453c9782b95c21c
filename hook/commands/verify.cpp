#include "engine/verify.hpp"

#include "command.hpp"
#include "text/value.hpp"

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    bool json = false;
};

/// "command (2), irqs.balancer (1)"
std::string names_of(const std::vector<Unseen>& list) {
    std::string text;
    for (const auto& one : list)
        text += (text.empty() ? "" : ", ") + one.knob + " (" + std::to_string(one.count) + ")";
    return text;
}

ValueArray rows_of(const std::vector<Unseen>& list) {
    ValueArray rows;
    for (const auto& one : list) {
        ValueTable row;
        put(row, "knob", one.knob);
        put(row, "targets", static_cast<std::int64_t>(one.count));
        rows.push_back({std::move(row), {}});
    }
    return rows;
}

/// The file and its values; without values if the file is missing or unreadable.
std::string place_of(const Finding& finding) {
    if (finding.knob.empty()) return "";
    std::string text = finding.path + ": ";
    if (!finding.current.empty()) text += "'" + finding.current + "', ";
    if (!finding.expected.empty()) text += "expected '" + finding.expected + "': ";
    return text;
}

ExitCode run(Host& host, const Options& options) {
    const auto ledger = Ledger::peek(host);
    if (!ledger) return complain(ledger.error());
    const auto findings = verify(host, *ledger);
    const auto hidden = unseen(*ledger);
    ValueArray list;
    for (const auto& finding : findings) {
        ValueTable row;
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
        ValueTable table;
        put(table, "findings", std::move(list));
        put(table, "not_verifiable", rows_of(hidden));
        print(to_json({std::move(table), {}}));
    } else if (findings.empty()) {
        print("the host matches the leases\n");
    }
    if (!options.json && !hidden.empty())
        print("not verified, because the host does not show these values: " + names_of(hidden) + "\n");
    return findings.empty() ? ExitCode::done : ExitCode::findings;
}

void add_options(OptionList& list, Options& options) { add_json(list, options.json); }
} // namespace

extern constinit const Verb verb_verify{
    .name = "verify",
    .category = Category::look,
    .summary = "Compare the host with the leases",
    .details = "Exit code 3 if a value differs.",
    .words = "",
    .example = "hostlease verify",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease
