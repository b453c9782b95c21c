#include "ledger/codec.hpp"

#include "core/parse.hpp"
#include "read/toml.hpp"
#include "read/utf8.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <optional>

namespace hostlease {

namespace {
TomlTable document(const std::string& boot_id) {
    TomlTable table;
    put(table, "format", ledger_format);
    put(table, "boot_id", boot_id);
    return table;
}

constexpr std::string_view bytes_suffix = "_bytes";

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// A text of the host's, which may be any bytes. One that is not UTF-8 stands in hexadecimal as KEY_bytes.
void put_text(TomlTable& table, const std::string& key, const std::string& text) {
    if (is_ascii(text) || !find_invalid_utf8(text)) return put(table, key, text);
    std::string digits;
    for (const char byte : text)
        digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    put(table, key + std::string(bytes_suffix), digits);
}

std::optional<std::string> text_of_bytes(std::string_view digits) {
    std::string text;
    for (std::size_t at = 0; at < digits.size(); at += 2) {
        const auto byte = parse_integer<unsigned>(digits.substr(at, 2), 16);
        if (!byte || digits.size() % 2 != 0) return std::nullopt;
        text += static_cast<char>(*byte);
    }
    return text;
}

TomlTable process_table(const ProcessId& process) {
    TomlTable table;
    put(table, "pid", process.pid);
    put(table, "start_time", process.start_time);
    return table;
}

TomlTable claim_table(const Claim& claim) {
    TomlTable table;
    put(table, "knob", claim.knob);
    put_text(table, "target", claim.target);
    put_text(table, "path", claim.path);
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

TomlTable timing_table(const Timing& timing) {
    TomlTable table;
    put(table, "operation", timing.operation);
    put(table, "began_usec", std::int64_t{timing.began.count()});
    put(table, "total_usec", std::int64_t{timing.total.count()});
    put(table, "lock_usec", std::int64_t{timing.lock.count()});
    put(table, "pages_usec", std::int64_t{timing.pages.count()});
    put(table, "writes_usec", std::int64_t{timing.writes.count()});
    return table;
}

TomlArray name_tables(const std::vector<TargetName>& names) {
    TomlArray array;
    for (const auto& [knob, target] : names) {
        TomlTable table;
        put(table, "knob", knob);
        put_text(table, "target", target);
        array.push_back({std::move(table), {}});
    }
    return array;
}

/// Takes typed values out of a table; the first failure is kept and makes the whole document invalid.
class Reader {
  public:
    Reader(const TomlNode& node, const std::string& file, Status& status) : node_(node), file_(file), status_(status) {}

    template <typename T>
    T get(std::string_view key) {
        const TomlNode* member = node_.find(key);
        const T* value = member == nullptr ? nullptr : std::get_if<T>(&member->value);
        if (value != nullptr) return *value;
        reject(member == nullptr ? "key '" + std::string(key) + "' is missing"
                                 : "key '" + std::string(key) + "' is " + std::string(member->kind()));
        return T{};
    }

    /// As put_text() wrote it.
    std::string text(const std::string& key) {
        const std::string bytes_key = key + std::string(bytes_suffix);
        if (!has(bytes_key)) return get<std::string>(key);
        auto text = text_of_bytes(get<std::string>(bytes_key));
        if (!text) reject("key '" + bytes_key + "' is not in hexadecimal");
        return std::move(text).value_or(std::string{});
    }

    std::optional<std::string> optional_text(const std::string& key) {
        if (!has(key) && !has(key + std::string(bytes_suffix))) return std::nullopt;
        return text(key);
    }

    std::uint64_t count(std::string_view key) {
        const auto value = get<std::int64_t>(key);
        if (value < 0) reject("key '" + std::string(key) + "' is negative");
        return value < 0 ? 0 : static_cast<std::uint64_t>(value);
    }

    /// Of a line or a column; what does not fit was not written by us.
    unsigned place(std::string_view key) {
        const auto value = count(key);
        if (value > std::numeric_limits<unsigned>::max()) reject("key '" + std::string(key) + "' is too large");
        return static_cast<unsigned>(value);
    }

    [[nodiscard]] bool has(std::string_view key) const { return node_.find(key) != nullptr; }

    Reader table(std::string_view key) {
        static const TomlNode nothing{TomlTable{}, {}};
        const TomlNode* member = node_.find(key);
        if (member != nullptr && std::holds_alternative<TomlTable>(member->value)) return {*member, file_, status_};
        reject("table '" + std::string(key) + "' is missing");
        return {nothing, file_, status_};
    }

    /// Calls take(reader) for each table of an array; a missing array is an empty one.
    template <typename Take>
    void each(std::string_view key, Take take) {
        const TomlNode* member = node_.find(key);
        if (member == nullptr) return;
        const auto* array = std::get_if<TomlArray>(&member->value);
        if (array == nullptr) return reject("'" + std::string(key) + "' is no array of tables");
        for (const auto& item : *array) {
            if (!std::holds_alternative<TomlTable>(item.value)) return reject("'" + std::string(key) + "' is no array of tables");
            take(Reader(item, file_, status_));
        }
    }

    void reject(const std::string& what) {
        if (!status_) return;
        auto place = node_.position;
        place.file = file_;
        status_ = tl::unexpected<Error>(Error{ErrorKind::ledger_corrupt, place.text() + ": " + what, file_, 0});
    }

  private:
    const TomlNode& node_;
    const std::string& file_;
    Status& status_;
};

ProcessId read_process(Reader table) {
    const auto pid = table.get<std::int64_t>("pid");
    return {pid, table.count("start_time")};
}

Timing read_timing(Reader table) {
    const auto time = [&](std::string_view key) { return std::chrono::microseconds(table.count(key)); };
    return {.operation = table.get<std::string>("operation"),
            .began = time("began_usec"),
            .total = time("total_usec"),
            .lock = time("lock_usec"),
            .pages = time("pages_usec"),
            .writes = time("writes_usec")};
}

Claim read_claim(Reader table) {
    Claim claim;
    claim.knob = table.get<std::string>("knob");
    claim.target = table.text("target");
    claim.path = table.text("path");
    claim.value = table.text("value");
    const auto phase = table.get<std::string>("phase");
    if (phase != "prepare" && phase != "start" && phase != "started") table.reject("phase '" + phase + "' is unknown");
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

/// The document and its boot id, when it is of our format.
Result<std::pair<TomlNode, std::string>> open_document(std::string_view text, const std::string& file) {
    constexpr std::size_t limit = 16UL * 1024 * 1024; // thousands of interrupts may be on record
    auto parsed = parse_toml(text, {}, limit);        // each of thousands of nodes would have the file's name
    if (!parsed) {
        parsed.error().position.file = file;
        return tl::unexpected<Error>(Error{ErrorKind::ledger_corrupt, parsed.error().text(), file, 0});
    }
    Status status;
    Reader reader(*parsed, file, status);
    const auto format = reader.get<std::int64_t>("format");
    if (status && format != ledger_format)
        reader.reject("this is format " + std::to_string(format) + ", and this version of hostlease knows " +
                      std::to_string(ledger_format));
    auto boot_id = reader.get<std::string>("boot_id");
    TRY_VOID(status);
    return std::pair{std::move(*parsed), std::move(boot_id)};
}
} // namespace

std::string encode_lease(const Lease& lease, const std::string& boot_id) {
    TomlTable table = document(boot_id);
    put(table, "uuid", lease.uuid);
    put(table, "domain", lease.domain);
    put(table, "policy", lease.policy);
    put(table, "policy_file", lease.policy_file);
    put(table, "state", to_text(lease.state));
    put(table, "isolation", to_text(lease.isolation));
    if (!lease.fallback.empty()) put(table, "fallback", lease.fallback);
    put(table, "since", lease.since);
    put(table, "order", lease.order);
    put(table, "daemon", process_table(lease.daemon));
    put(table, "qemu", process_table(lease.qemu));
    TomlArray claims;
    for (const auto& claim : lease.claims)
        claims.push_back({claim_table(claim), {}});
    put(table, "claim", std::move(claims));
    TomlArray promises;
    for (const auto& promise : lease.promises) {
        TomlTable row;
        put(row, "pool", to_text(promise.pool));
        put(row, "pages", promise.pages);
        promises.push_back({std::move(row), {}});
    }
    put(table, "promise", std::move(promises));
    TomlArray timings;
    for (const auto& timing : lease.timings)
        timings.push_back({timing_table(timing), {}});
    if (!timings.empty()) put(table, "timing", std::move(timings));
    return to_toml({std::move(table), {}});
}

std::string encode_records(const std::vector<KnobRecord>& records, const std::string& boot_id,
                           const std::vector<LateTiming>& timings) {
    TomlTable table = document(boot_id);
    constexpr std::size_t most_members = 8;
    TomlArray rows;
    rows.reserve(records.size());
    for (const auto& record : records) {
        TomlTable row;
        row.reserve(most_members);
        put(row, "knob", record.knob);
        put_text(row, "target", record.target);
        put_text(row, "path", record.path);
        put_text(row, "baseline", record.baseline);
        put_text(row, "wrote", record.wrote);
        if (record.intended) put_text(row, "intended", *record.intended);
        if (record.refused) put_text(row, "refused", *record.refused);
        if (!record.beside.empty()) put(row, "beside", name_tables(record.beside));
        rows.push_back({std::move(row), {}});
    }
    put(table, "record", std::move(rows));
    TomlArray late;
    for (const auto& [uuid, timing] : timings) {
        TomlTable row = timing_table(timing);
        put(row, "uuid", uuid);
        late.push_back({std::move(row), {}});
    }
    if (!late.empty()) put(table, "timing", std::move(late));
    return to_toml({std::move(table), {}});
}

Result<FromBoot<Lease>> decode_lease(std::string_view text, const std::string& file) {
    const auto [node, boot_id] = TRY(open_document(text, file));
    Status status;
    Reader reader(node, file, status);
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
    if (reader.has("fallback")) lease.fallback = reader.get<std::string>("fallback");
    lease.since = reader.get<std::int64_t>("since");
    lease.order = reader.get<std::int64_t>("order");
    lease.daemon = read_process(reader.table("daemon"));
    lease.qemu = read_process(reader.table("qemu"));
    reader.each("claim", [&](Reader table) { lease.claims.push_back(read_claim(table)); });
    reader.each("promise", [&](Reader table) {
        const auto pool = parse_pool_id(table.get<std::string>("pool"));
        if (!pool) table.reject("pool is unknown");
        lease.promises.push_back({pool.value_or(PoolId{}), table.count("pages")});
    });
    reader.each("timing", [&](Reader table) { lease.timings.push_back(read_timing(table)); });
    TRY_VOID(status);
    return FromBoot<Lease>{std::move(lease), boot_id};
}

Result<RecordsFile> decode_records(std::string_view text, const std::string& file) {
    const auto [node, boot_id] = TRY(open_document(text, file));
    Status status;
    std::vector<KnobRecord> records;
    std::vector<LateTiming> timings;
    Reader reader(node, file, status);
    reader.each("timing", [&](Reader table) { timings.push_back({table.get<std::string>("uuid"), read_timing(table)}); });
    reader.each("record", [&](Reader table) {
        KnobRecord record;
        record.knob = table.get<std::string>("knob");
        record.target = table.text("target");
        record.path = table.text("path");
        record.baseline = table.text("baseline");
        record.wrote = table.text("wrote");
        record.intended = table.optional_text("intended");
        record.refused = table.optional_text("refused");
        table.each("beside",
                   [&](Reader name) { record.beside.emplace_back(name.get<std::string>("knob"), name.text("target")); });
        records.push_back(std::move(record));
    });
    TRY_VOID(status);
    return RecordsFile{{std::move(records), boot_id}, std::move(timings)};
}

} // namespace hostlease
