#include "text/toml_plain.hpp"

#include "core/parse.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>

namespace hostlease {

namespace {
/// For each byte, whether it is a character of one kind.
using Characters = std::array<bool, 256>;

template <typename IsOne>
constexpr Characters characters(IsOne is_one) {
    Characters kind{};
    for (std::size_t byte = 0; byte < kind.size(); ++byte)
        kind[byte] = is_one(static_cast<char>(byte));
    return kind;
}

constexpr Characters bare = characters([](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
});
constexpr Characters plain = characters([](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });

bool are_all(const Characters& kind, std::string_view text) {
    return std::all_of(text.begin(), text.end(), [&](char c) { return kind[static_cast<unsigned char>(c)]; });
}

bool is_bare_key(std::string_view key) { return !key.empty() && are_all(bare, key); }

/// Resolves the escapes of quotes and backslashes, which are frequent in the names of VMs' cgroups. nullopt
/// if the text has other escapes or control characters, or is not UTF-8.
std::optional<std::string> unescaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_escape = text[at] == '\\';
        if (is_escape && ++at == text.size()) return std::nullopt;
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool is_special = byte == '"' || byte == '\\';
        if (is_special != is_escape || byte < ' ' || byte == 0x7f) return std::nullopt;
        out += text[at];
    }
    return find_invalid_utf8(out) ? std::nullopt : std::optional(std::move(out));
}

using Scalar = decltype(Value::value);

/// Takes the text between the quotes of a string; false if it is not plain.
bool take_text(std::string_view text, Scalar& value) {
    if (are_all(plain, text)) {
        value.emplace<std::string>(text);
        return true;
    }
    auto other = unescaped(text);
    if (other) value = std::move(*other);
    return other.has_value();
}

/// Like parse_integer, but refuses a leading zero, as TOML does.
std::optional<std::int64_t> plain_integer(std::string_view text) {
    const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
    if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
    return parse_integer<std::int64_t>(text);
}

/// The number of entries to reserve for a table. Growing a table moves all its entries; the ledger's tables
/// have no more.
constexpr std::size_t usual_entries = 16;

class PlainReader {
  public:
    explicit PlainReader(const std::string& file)
        : file_(file), root_{ValueTable{}, {file, 1, 1}}, table_(&root_) {}

    std::optional<Value> read(std::string_view text) {
        while (!text.empty()) {
            const auto end = std::min(text.find('\n'), text.size());
            ++line_;
            if (!read_line(text.substr(0, end))) return std::nullopt;
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        return std::move(root_);
    }

  private:
    [[nodiscard]] SourcePosition at(std::size_t column) const {
        return {file_, line_, static_cast<unsigned>(column)};
    }

    /// Like at(), but does not copy an empty file name.
    void place(SourcePosition& position, std::size_t column) const {
        if (!file_.empty()) position.file = file_;
        position.line = line_;
        position.column = static_cast<unsigned>(column);
    }

    static ValueTable& entries(Value& table) { return std::get<ValueTable>(table.value); }

    bool read_line(std::string_view line) {
        if (line.empty()) return true;
        if (line.starts_with("[[") && line.ends_with("]]"))
            return open_element(line.substr(2, line.size() - 4));
        if (line.starts_with('[') && line.ends_with(']')) return open_table(line.substr(1, line.size() - 2));
        constexpr std::string_view sign = " = ";
        const auto key = line.substr(0, line.find(' '));
        if (!is_bare_key(key) || line.substr(key.size(), sign.size()) != sign || has(key)) return false;
        const auto column = key.size() + sign.size();
        ValueEntry& entry = entries(*table_).emplace_back();
        entry.key = key;
        place(entry.position, 1);
        place(entry.node.position, column + 1);
        return take_scalar(line.substr(column), entry.node.value);
    }

    /// Whether the open table has the key. Marks the key as present.
    bool has(std::string_view key) {
        const auto mark = std::uint64_t{1} << (key.size() + static_cast<unsigned char>(key.front())) % 64;
        const bool may_be_there = (marks_ & mark) != 0;
        marks_ |= mark;
        return may_be_there && table_->find(key) != nullptr;
    }

    void open(Value& table) {
        table_ = &table;
        marks_ = 0;
    }

    static bool take_scalar(std::string_view text, Scalar& value) {
        if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
            return take_text(text.substr(1, text.size() - 2), value);
        if (const auto integer = plain_integer(text)) {
            value = *integer;
            return true;
        }
        value.emplace<ValueArray>();
        return text == "[]";
    }

    bool open_table(std::string_view name) {
        if (!is_bare_key(name) || root_.find(name) != nullptr) return false;
        auto& entry =
            entries(root_).emplace_back(ValueEntry{std::string(name), at(2), {ValueTable{}, at(1)}});
        open(entry.node);
        return true;
    }

    /// Opens an element of an array of the document, or of an array in the last element of one.
    bool open_element(std::string_view name) {
        constexpr std::size_t column = 3; // after the brackets
        const auto dot = name.find('.');
        if (dot == std::string_view::npos) return add_element(root_, name, column);
        auto& all = entries(root_);
        if (all.empty() || all.back().key != name.substr(0, dot)) return false;
        auto* outer = std::get_if<ValueArray>(&all.back().node.value);
        return outer != nullptr && !outer->empty() &&
               add_element(outer->back(), name.substr(dot + 1), column + dot + 1);
    }

    /// Adds an element to the array of this name. false if other entries of `table` follow the array:
    /// usually, its elements are contiguous.
    bool add_element(Value& table, std::string_view name, std::size_t column) {
        auto& all = entries(table);
        if (!is_bare_key(name)) return false;
        const bool is_first = all.empty() || all.back().key != name;
        if (is_first) {
            if (table.find(name) != nullptr) return false;
            all.push_back({std::string(name), at(column), {ValueArray{}, at(1)}});
        }
        auto* array = std::get_if<ValueArray>(&all.back().node.value);
        if (array == nullptr || array->empty() != is_first) return false; // "name = []" takes no elements
        open(array->emplace_back(Value{ValueTable{}, at(1)}));
        entries(*table_).reserve(usual_entries);
        return true;
    }

    const std::string& file_;
    unsigned line_ = 0;
    Value root_;
    Value* table_; // the table that was opened last; only this one grows
    // marks of the keys in that table; several keys may share a mark
    std::uint64_t marks_ = 0;
};
} // namespace

std::optional<Value> parse_plain_toml(std::string_view text, const std::string& file) {
    return PlainReader(file).read(text);
}

} // namespace hostlease
