#include "ledger/document.hpp"

#include "core/parse.hpp"
#include "core/version.hpp"
#include "ledger/codec.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>

namespace hostlease {

namespace {
constexpr std::string_view bytes_suffix = "_bytes";

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
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

void check_format(std::int64_t format, TableReader& reader) {
    if (format < 1) reader.reject("there is no format " + std::to_string(format));
    if (format < 2) return;
    const auto writer = reader.get<std::string>("written_by");
    if (format > ledger_format)
        reader.reject(fmt::format("hostlease {0} wrote this in format {1}, which hostlease {2} cannot read; "
                                  "install hostlease {0} again (nothing was changed)",
                                  writer, format, program_version),
                      ErrorKind::unsupported);
}
} // namespace

ValueTable new_document(const std::string& boot_id) {
    ValueTable table;
    put(table, "format", ledger_format);
    put(table, "written_by", program_version);
    put(table, "boot_id", boot_id);
    return table;
}

void put_text(ValueTable& table, const std::string& key, const std::string& text) {
    if (is_ascii(text) || !find_invalid_utf8(text)) return put(table, key, text);
    std::string digits;
    for (const char byte : text)
        digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    put(table, key + std::string(bytes_suffix), digits);
}

std::string TableReader::text(const std::string& key) {
    if (has(key)) return get<std::string>(key);
    const std::string bytes_key = key + std::string(bytes_suffix);
    if (!has(bytes_key)) return get<std::string>(key); // says that it is missing
    auto text = text_of_bytes(get<std::string>(bytes_key));
    if (!text) reject("key '" + bytes_key + "' is not in hexadecimal");
    return std::move(text).value_or(std::string{});
}

std::optional<std::string> TableReader::optional_text(const std::string& key) {
    if (!has(key) && !has(key + std::string(bytes_suffix))) return std::nullopt;
    return text(key);
}

std::uint64_t TableReader::count(std::string_view key) {
    const auto value = get<std::int64_t>(key);
    if (value < 0) reject("key '" + std::string(key) + "' is negative");
    return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

unsigned TableReader::place(std::string_view key) {
    const auto value = count(key);
    if (value > std::numeric_limits<unsigned>::max()) reject("key '" + std::string(key) + "' is too large");
    return static_cast<unsigned>(value);
}

PoolId TableReader::pool(const std::string& key) {
    const auto id = parse_pool_id(text(key));
    if (!id) reject(key + " is unknown");
    return id.value_or(PoolId{});
}

TableReader TableReader::table(std::string_view key) {
    static const Value nothing{ValueTable{}, {}};
    const Value* member = find(key);
    if (member != nullptr && std::holds_alternative<ValueTable>(member->value))
        return {*member, file_, status_};
    reject("table '" + std::string(key) + "' is missing");
    return {nothing, file_, status_};
}

void TableReader::reject(const std::string& what, ErrorKind kind) {
    if (!status_) return;
    auto place = node_.position;
    place.file = file_;
    status_ = tl::unexpected<Error>(Error{kind, place.text() + ": " + what, file_, 0});
}

Result<LedgerDocument> open_document(std::string_view text, const std::string& file) {
    constexpr std::size_t limit = 16UL * 1024 * 1024; // thousands of interrupts may be on record
    // otherwise each of thousands of nodes would store the file's name
    auto parsed = parse_toml(text, {}, limit);
    if (!parsed) {
        parsed.error().position.file = file;
        const auto& bad = parsed.error();
        return tl::unexpected<Error>(
            Error{ErrorKind::ledger_corrupt, bad.position.text() + ": " + bad.message, file, 0});
    }
    Status status;
    TableReader reader(*parsed, file, status);
    const auto format = reader.get<std::int64_t>("format");
    if (status) check_format(format, reader);
    auto boot_id = reader.get<std::string>("boot_id");
    TRY_VOID(status);
    return LedgerDocument{std::move(*parsed), format, std::move(boot_id)};
}

ValueTable timing_table(const Timing& timing) {
    ValueTable table;
    put(table, "operation", timing.operation);
    put(table, "began_usec", std::int64_t{timing.began.count()});
    put(table, "total_usec", std::int64_t{timing.total.count()});
    put(table, "lock_usec", std::int64_t{timing.lock.count()});
    put(table, "pages_usec", std::int64_t{timing.pages.count()});
    put(table, "writes_usec", std::int64_t{timing.writes.count()});
    return table;
}

Timing read_timing(TableReader table) {
    const auto time = [&](std::string_view key) { return std::chrono::microseconds(table.count(key)); };
    return {.operation = table.get<std::string>("operation"),
            .began = time("began_usec"),
            .total = time("total_usec"),
            .lock = time("lock_usec"),
            .pages = time("pages_usec"),
            .writes = time("writes_usec")};
}

} // namespace hostlease
