#include "command.hpp"

#include "core/text_table.hpp"
#include "core/units.hpp"
#include "engine/verify.hpp"
#include "host/facts.hpp"
#include "read/toml.hpp"

#include <ctime>

namespace hostlease {

namespace {
std::string local_time(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    char text[32]{};
    if (localtime_r(&time, &parts) == nullptr || std::strftime(text, sizeof text, "%F %T", &parts) == 0) return "?";
    return text;
}

std::string pages_text(const Lease& lease) {
    std::string text;
    for (const auto& promise : lease.promises)
        text += (text.empty() ? "" : ", ") + std::to_string(promise.pages) + " x " + format_size(promise.pool.page_size) +
                " on node" + std::to_string(promise.pool.node);
    return text.empty() ? "-" : text;
}

std::string current_value(Host& host, const KnobRecord& record) {
    const auto text = host.read(record.path);
    return text ? knob_value(*text) : "?";
}

std::string as_text(Host& host, const LedgerContent& ledger, const std::vector<Finding>& findings) {
    if (ledger.leases.empty() && ledger.records.empty() && findings.empty()) return "no leases\n";
    TextTable leases{{"domain", "state", "policy", "since", "huge pages"}};
    for (const auto& lease : ledger.leases)
        leases.push_back(
            {lease.domain, std::string(to_text(lease.state)), lease.policy, local_time(lease.since), pages_text(lease)});
    TextTable knobs{{"knob", "before", "now", "held by", "file"}};
    for (const auto& record : ledger.records) {
        std::string holders;
        for (const auto& lease : ledger.leases)
            for (const auto& claim : lease.claims)
                if (claim.knob == record.knob && claim.target == record.target)
                    holders += (holders.empty() ? "" : ", ") + lease.domain;
        knobs.push_back(
            {record.knob, record.baseline, current_value(host, record), holders.empty() ? "-" : holders, record.path});
    }
    std::string text = ledger.leases.empty() ? "no leases\n" : align(leases);
    if (!ledger.records.empty()) text += "\n" + align(knobs);
    for (const auto& finding : findings)
        text += "\n" + (finding.path.empty() ? "" : finding.path + ": ") + finding.what + "\n";
    return text;
}

TomlNode lease_node(const Lease& lease) {
    TomlTable row;
    put(row, "domain", lease.domain);
    put(row, "uuid", lease.uuid);
    put(row, "policy", lease.policy);
    put(row, "policy_file", lease.policy_file);
    put(row, "state", to_text(lease.state));
    put(row, "since", lease.since);
    put(row, "qemu_pid", lease.qemu.pid);
    TomlArray claims;
    for (const auto& claim : lease.claims) {
        TomlTable one;
        put(one, "knob", claim.knob);
        put(one, "target", claim.target);
        put(one, "path", claim.path);
        put(one, "value", claim.value);
        put(one, "phase", to_text(claim.phase));
        put(one, "policy_line", claim.position.text());
        put(one, "why", claim.why);
        claims.push_back({std::move(one), {}});
    }
    put(row, "claims", std::move(claims));
    TomlArray pages;
    for (const auto& promise : lease.promises) {
        TomlTable one;
        put(one, "node", std::uint64_t{promise.pool.node});
        put(one, "page_size", promise.pool.page_size);
        put(one, "pages", promise.pages);
        pages.push_back({std::move(one), {}});
    }
    put(row, "huge_pages", std::move(pages));
    return {std::move(row), {}};
}

std::string as_json(Host& host, const LedgerContent& ledger, const std::vector<Finding>& findings) {
    TomlTable table;
    TomlArray leases;
    for (const auto& lease : ledger.leases)
        leases.push_back(lease_node(lease));
    put(table, "leases", std::move(leases));
    TomlArray knobs;
    for (const auto& record : ledger.records) {
        TomlTable row;
        put(row, "knob", record.knob);
        put(row, "target", record.target);
        put(row, "path", record.path);
        put(row, "baseline", record.baseline);
        put(row, "wrote", record.wrote);
        put(row, "current", current_value(host, record));
        knobs.push_back({std::move(row), {}});
    }
    put(table, "knobs", std::move(knobs));
    TomlArray texts;
    for (const auto& finding : findings)
        texts.push_back({(finding.path.empty() ? "" : finding.path + ": ") + finding.what, {}});
    put(table, "findings", std::move(texts));
    return to_json({std::move(table), {}});
}
} // namespace

ExitCode run_status(Host& host, const CommandOptions& options) {
    const auto ledger = Ledger::peek(host);
    if (!ledger) return complain(ledger.error());
    const auto findings = verify(host, *ledger);
    print(options.json ? as_json(host, *ledger, findings) : as_text(host, *ledger, findings));
    return ExitCode::done;
}

} // namespace hostlease
