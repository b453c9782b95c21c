#include "ledger/codec.hpp"

#include "ledger/document.hpp"

#include <optional>

namespace hostlease {

namespace {
ValueTable process_table(const ProcessId& process) {
    ValueTable table;
    put(table, "pid", process.pid);
    put(table, "start_time", process.start_time);
    return table;
}

void put_target(ValueTable& table, const ClaimTarget& target) {
    if (const auto* file = std::get_if<FileTarget>(&target)) {
        put_text(table, "target", file->name);
        put_text(table, "path", file->path);
    } else if (const auto* open = std::get_if<AwaitsQemu>(&target)) {
        put_text(table, "awaits_qemu", open->name);
        put_text(table, "paths", open->paths);
    } else if (const auto* every = std::get_if<EveryTarget>(&target)) {
        put_text(table, "every", every->paths);
    } else {
        put(table, "limit", to_text(std::get<Limit>(target).kind));
    }
}

ValueTable claim_table(const Claim& claim) {
    ValueTable table;
    put(table, "knob", claim.knob);
    put_target(table, claim.target);
    put_text(table, "value", claim.value);
    put(table, "phase", to_text(claim.phase));
    put(table, "enforce", to_text(claim.enforce));
    put(table, "file", claim.position.file);
    put(table, "line", std::int64_t{claim.position.line});
    put(table, "column", std::int64_t{claim.position.column});
    put(table, "why", claim.why);
    if (claim.condition != Condition::always) put(table, "condition", to_text(claim.condition));
    if (claim.order != 0) put(table, "order", claim.order);
    return table;
}

ProcessId read_process(TableReader table) {
    const auto pid = table.get<std::int64_t>("pid");
    return {pid, table.count("start_time")};
}

Limit limit_of(const std::string& word, TableReader& table) {
    const auto kind = parse_limit(word);
    if (!kind) table.reject("limit '" + word + "' is unknown");
    return {kind.value_or(LimitKind::pinned)};
}

ClaimTarget read_target(TableReader& table) {
    if (!table.has("target")) { // most claims have it
        if (table.has("limit")) return limit_of(table.get<std::string>("limit"), table);
        if (auto name = table.optional_text("awaits_qemu"))
            return AwaitsQemu{*std::move(name), table.text("paths")};
        if (auto paths = table.optional_text("every")) return EveryTarget{*std::move(paths)};
    }
    FileTarget file{table.text("target"), table.text("path")};
    if (file.path.empty()) table.reject("key 'path' is empty");
    return file;
}

/// In format 1, every target had a name and a path.
ClaimTarget read_target_of_format_1(TableReader& table) {
    std::string name = table.text("target");
    std::string path = table.text("path");
    if (name == every_target) return EveryTarget{std::move(path)};
    if (path.empty()) return limit_of(name, table);
    if (path.find('*') != std::string::npos) return AwaitsQemu{std::move(name), std::move(path)};
    return FileTarget{std::move(name), std::move(path)};
}

Claim read_claim(TableReader table, std::int64_t format) {
    Claim claim;
    claim.knob = table.get<std::string>("knob");
    claim.target = format == 1 ? read_target_of_format_1(table) : read_target(table);
    claim.value = table.text("value");
    const auto phase = table.get<std::string>("phase");
    if (phase != "prepare" && phase != "start" && phase != "started")
        table.reject("phase '" + phase + "' is unknown");
    claim.phase = phase == "prepare" ? Phase::prepare : phase == "start" ? Phase::start : Phase::started;
    const auto enforce = table.get<std::string>("enforce");
    if (enforce != to_text(Enforce::required) && enforce != to_text(Enforce::best_effort))
        table.reject("enforce '" + enforce + "' is unknown");
    claim.enforce = enforce == to_text(Enforce::required) ? Enforce::required : Enforce::best_effort;
    claim.position.file = table.get<std::string>("file");
    claim.position.line = table.place("line");
    claim.position.column = table.place("column");
    claim.why = table.get<std::string>("why");
    if (table.has("order")) claim.order = table.get<std::int64_t>("order");
    if (!table.has("condition")) return claim;
    const auto condition = parse_condition(table.get<std::string>("condition"));
    if (!condition) table.reject("condition is unknown");
    claim.condition = condition.value_or(Condition::always);
    return claim;
}
} // namespace

std::string encode_lease(const Lease& lease, const std::string& boot_id) {
    ValueTable table = new_document(boot_id);
    put(table, "uuid", lease.uuid);
    put(table, "domain", lease.domain);
    put(table, "policy", lease.policy);
    put(table, "policy_file", lease.policy_file);
    put(table, "state", to_text(lease.state));
    put(table, "isolation", to_text(lease.isolation));
    if (!lease.fallback.why.empty()) put(table, "fallback", lease.fallback.why);
    if (!lease.fallback.gave_way_to.empty()) put(table, "gave_way_to", lease.fallback.gave_way_to);
    put(table, "since", lease.since);
    put(table, "order", lease.order);
    put(table, "daemon", process_table(lease.daemon));
    put(table, "qemu", process_table(lease.qemu));
    ValueArray claims;
    for (const auto& claim : lease.claims)
        claims.push_back({claim_table(claim), {}});
    put(table, "claim", std::move(claims));
    ValueArray promises;
    for (const auto& promise : lease.promises) {
        ValueTable row;
        put(row, "pool", to_text(promise.pool));
        put(row, "pages", promise.pages);
        promises.push_back({std::move(row), {}});
    }
    put(table, "promise", std::move(promises));
    ValueArray timings;
    for (const auto& timing : lease.timings)
        timings.push_back({timing_table(timing), {}});
    if (!timings.empty()) put(table, "timing", std::move(timings));
    return to_toml({std::move(table), {}});
}

Result<FromBoot<Lease>> decode_lease(std::string_view text, const std::string& file) {
    const auto [node, format, boot_id] = TRY(open_document(text, file));
    Status status;
    TableReader reader(node, file, status);
    Lease lease;
    lease.uuid = reader.get<std::string>("uuid");
    lease.domain = reader.get<std::string>("domain");
    lease.policy = reader.get<std::string>("policy");
    lease.policy_file = reader.get<std::string>("policy_file");
    const auto state = lease_state(reader.get<std::string>("state"));
    if (!state) reader.reject("state is unknown");
    lease.state = state.value_or(LeaseState::preparing);
    const auto isolation = parse_isolation(reader.get<std::string>("isolation"));
    if (!isolation) reader.reject("isolation is unknown");
    lease.isolation = isolation.value_or(Isolation::undecided);
    if (reader.has("fallback")) lease.fallback.why = reader.get<std::string>("fallback");
    if (reader.has("gave_way_to")) lease.fallback.gave_way_to = reader.get<std::string>("gave_way_to");
    lease.since = reader.get<std::int64_t>("since");
    lease.order = reader.get<std::int64_t>("order");
    lease.daemon = read_process(reader.table("daemon"));
    lease.qemu = read_process(reader.table("qemu"));
    reader.each("claim",
                [&, of = format](TableReader table) { lease.claims.push_back(read_claim(table, of)); });
    reader.each("promise", [&](TableReader table) {
        lease.promises.push_back({table.pool("pool"), table.count("pages")});
    });
    reader.each("timing", [&](TableReader table) { lease.timings.push_back(read_timing(table)); });
    TRY_VOID(status);
    return FromBoot<Lease>{std::move(lease), boot_id};
}

} // namespace hostlease
