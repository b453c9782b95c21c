#include "text/toml_plain.hpp"

#include "core/parse.hpp"
#include "text/utf8.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr bool is_bare(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_bare_key(std::string_view key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), is_bare);
}

/// What is between the quotes of a string; nullopt for text that is not UTF-8, control characters, and
/// escapes other than those of quotes and backslashes, which the names of VMs' cgroups are full of.
std::optional<std::string> plain_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    bool is_ascii = true;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_escape = text[at] == '\\';
        if (is_escape && ++at == text.size()) return std::nullopt;
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool is_special = byte == '"' || byte == '\\';
        if (is_special != is_escape || byte < ' ' || byte == 0x7f) return std::nullopt;
        is_ascii = is_ascii && byte < 0x80;
        out += text[at];
    }
    return is_ascii || !find_invalid_utf8(out) ? std::optional(std::move(out)) : std::nullopt;
}

/// Without what TOML does not take and parse_integer does: a leading zero.
std::optional<std::int64_t> plain_integer(std::string_view text) {
    const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
    if (digits.empty() || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
    return parse_integer<std::int64_t>(text);
}

/// A table that has to grow moves all of its entries; the ledger's have no more.
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

    static ValueTable& entries(Value& table) { return std::get<ValueTable>(table.value); }

    bool read_line(std::string_view line) {
        if (line.empty()) return true;
        if (line.starts_with("[[") && line.ends_with("]]"))
            return open_element(line.substr(2, line.size() - 4));
        if (line.starts_with('[') && line.ends_with(']')) return open_table(line.substr(1, line.size() - 2));
        constexpr std::string_view sign = " = ";
        const auto key = line.substr(0, line.find(' '));
        if (!is_bare_key(key) || line.substr(key.size(), sign.size()) != sign || table_->find(key) != nullptr)
            return false;
        const auto column = key.size() + sign.size();
        auto value = scalar(line.substr(column));
        if (!value) return false;
        entries(*table_).push_back({std::string(key), at(1), {std::move(*value), at(column + 1)}});
        return true;
    }

    static std::optional<decltype(Value::value)> scalar(std::string_view text) {
        if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
            return plain_text(text.substr(1, text.size() - 2));
        if (text == "[]") return ValueArray{};
        if (const auto integer = plain_integer(text)) return *integer;
        return std::nullopt;
    }

    bool open_table(std::string_view name) {
        if (!is_bare_key(name) || root_.find(name) != nullptr) return false;
        auto& entry =
            entries(root_).emplace_back(ValueEntry{std::string(name), at(2), {ValueTable{}, at(1)}});
        table_ = &entry.node;
        return true;
    }

    /// Of an array of the document, or of one in the last element of such an array.
    bool open_element(std::string_view name) {
        constexpr std::size_t column = 3; // behind the brackets
        const auto dot = name.find('.');
        if (dot == std::string_view::npos) return add_element(root_, name, column);
        auto& all = entries(root_);
        if (all.empty() || all.back().key != name.substr(0, dot)) return false;
        auto* outer = std::get_if<ValueArray>(&all.back().node.value);
        return outer != nullptr && !outer->empty() &&
               add_element(outer->back(), name.substr(dot + 1), column + dot + 1);
    }

    /// The elements of an array mostly come one after the other.
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
        table_ = &array->emplace_back(Value{ValueTable{}, at(1)});
        entries(*table_).reserve(usual_entries);
        return true;
    }

    const std::string& file_;
    unsigned line_ = 0;
    Value root_;
    Value* table_; // the last one opened: no other grows
};
} // namespace

std::optional<Value> parse_plain_toml(std::string_view text, const std::string& file) {
    return PlainReader(file).read(text);
}

} // namespace hostlease
