#include "ledger/codec.hpp"

#include "core/parse.hpp"
#include "ledger/document.hpp"

namespace hostlease {

namespace {
ValueArray name_tables(const std::vector<TargetName>& names) {
    ValueArray array;
    for (const auto& [knob, target] : names) {
        ValueTable table;
        put(table, "knob", knob);
        put_text(table, "target", target);
        array.push_back({std::move(table), {}});
    }
    return array;
}

ValueTable record_table(const KnobRecord& record) {
    constexpr std::size_t most_members = 8;
    ValueTable row;
    row.reserve(most_members);
    put(row, "knob", record.knob);
    put_text(row, "target", record.target);
    put_text(row, "path", record.path);
    put_text(row, "baseline", record.baseline);
    put_text(row, "wrote", record.wrote);
    if (record.intended) put_text(row, "intended", *record.intended);
    if (record.refused) put_text(row, "refused", *record.refused);
    if (!record.beside.empty()) put(row, "beside", name_tables(record.beside));
    return row;
}

ValueTable pool_table(const PoolRecord& record) {
    ValueTable row;
    put(row, "pool", to_text(record.id));
    put_text(row, "path", record.path);
    put(row, "baseline", record.baseline);
    put(row, "wrote", record.wrote);
    if (record.intended) put(row, "intended", *record.intended);
    return row;
}

KnobRecord read_record(TableReader table) {
    KnobRecord record;
    record.knob = table.get<std::string>("knob");
    record.target = table.text("target");
    record.path = table.text("path");
    record.baseline = table.text("baseline");
    record.wrote = table.text("wrote");
    record.intended = table.optional_text("intended");
    record.refused = table.optional_text("refused");
    table.each("beside", [&](TableReader name) {
        record.beside.emplace_back(name.get<std::string>("knob"), name.text("target"));
    });
    return record;
}

PoolRecord read_pool(TableReader table) {
    PoolRecord record;
    record.id = table.pool("pool");
    record.path = table.text("path");
    record.baseline = table.count("baseline");
    record.wrote = table.count("wrote");
    if (table.has("intended")) record.intended = table.count("intended");
    return record;
}

/// In format 1, a pool had a record like other knobs, with texts instead of numbers.
PoolRecord read_pool_of_format_1(TableReader table) {
    const auto pages = [&](const std::string& key) {
        const auto number = parse_integer<std::uint64_t>(table.text(key));
        if (!number) table.reject("key '" + key + "' is not a number of pages");
        return number.value_or(0);
    };
    PoolRecord record;
    record.id = table.pool("target");
    record.path = table.text("path");
    record.baseline = pages("baseline");
    record.wrote = pages("wrote");
    if (table.has("intended")) record.intended = pages("intended");
    return record;
}
} // namespace

std::string encode_records(const RecordsFile& file, const std::string& boot_id) {
    ValueTable table = new_document(boot_id);
    ValueArray rows;
    rows.reserve(file.records.size());
    for (const auto& record : file.records)
        rows.push_back({record_table(record), {}});
    put(table, "record", std::move(rows));
    ValueArray pools;
    for (const auto& record : file.pools)
        pools.push_back({pool_table(record), {}});
    if (!pools.empty()) put(table, "pool", std::move(pools));
    ValueArray late;
    for (const auto& [uuid, timing] : file.timings) {
        ValueTable row = timing_table(timing);
        put(row, "uuid", uuid);
        late.push_back({std::move(row), {}});
    }
    if (!late.empty()) put(table, "timing", std::move(late));
    return to_toml({std::move(table), {}});
}

Result<FromBoot<RecordsFile>> decode_records(std::string_view text, const std::string& file) {
    const auto [node, format, boot_id] = TRY(open_document(text, file));
    Status status;
    RecordsFile found;
    TableReader reader(node, file, status);
    reader.each("timing", [&](TableReader table) {
        found.timings.push_back({table.get<std::string>("uuid"), read_timing(table)});
    });
    reader.each("record", [&, is_old = format == 1](TableReader table) {
        if (is_old && table.get<std::string>("knob") == pool_knob)
            found.pools.push_back(read_pool_of_format_1(table));
        else
            found.records.push_back(read_record(table));
    });
    reader.each("pool", [&](TableReader table) { found.pools.push_back(read_pool(table)); });
    TRY_VOID(status);
    return FromBoot<RecordsFile>{std::move(found), boot_id};
}

} // namespace hostlease
