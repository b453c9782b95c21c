#include "text/toml.hpp"

#include "text/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace hostlease {

namespace {
// Does not use the formatters of toml++ 3.3: they print a key of a tab, a line end or a ' without quotes and
// overflow on INT64_MIN.

void append_escape(std::string& out, unsigned char character) {
    constexpr std::string_view digits = "0123456789abcdef";
    ((out += "\\u00") += digits[character >> 4]) += digits[character & 15];
}

/// Appends a quoted string that is valid in both TOML and JSON. Bytes that are not UTF-8 become U+FFFD.
void quote(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        // most texts have only these characters
        const auto as_it_is = std::find_if_not(
            text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
        out.append(text.begin(), as_it_is);
        text.remove_prefix(static_cast<std::size_t>(as_it_is - text.begin()));
        if (text.empty()) break;
        const auto length = utf8_length(text);
        const auto byte = static_cast<unsigned char>(text[0]);
        constexpr std::string_view special = "\b\t\n\f\r\"\\";
        constexpr std::string_view letters = "btnfr\"\\";
        if (const auto known = special.find(text[0]); known != std::string_view::npos)
            (out += '\\') += letters[known];
        else if (byte < 0x20 || byte == 0x7F)
            append_escape(out, byte);
        else if (length == 2 && byte == 0xC2 &&
                 // terminals treat these as control characters too
                 static_cast<unsigned char>(text[1]) < 0xA0)
            append_escape(out, static_cast<unsigned char>(text[1]));
        else
            out += length == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    out += '"';
}

std::string number_text(double number) {
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    std::string text(buffer.data(), end);
    if (text.find_first_of(".en") == std::string::npos) text += ".0"; // "n": inf and nan
    return text;
}

constexpr std::string_view bare_key = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

void quote_key(std::string& out, std::string_view key) {
    if (!key.empty() && key.find_first_not_of(bare_key) == std::string_view::npos)
        out += key;
    else
        quote(out, key);
}

void print_scalar(std::string& out, const Value& node, std::string_view date) {
    if (const auto* truth = std::get_if<bool>(&node.value))
        out += *truth ? "true" : "false";
    else if (const auto* integer = std::get_if<std::int64_t>(&node.value))
        out += std::to_string(*integer);
    else if (const auto* number = std::get_if<double>(&node.value))
        out += number_text(*number);
    else if (const auto* text = std::get_if<std::string>(&node.value))
        quote(out, *text);
    else
        out += date;
}

template <typename List, typename Print>
void print_sequence(std::string& out, const List& list, std::string_view separator, Print print) {
    for (std::size_t index = 0; index < list.size(); ++index) {
        if (index != 0) out += separator;
        print(list[index]);
    }
}

void print_toml_value(std::string& out, const Value& node);

void print_assignment(std::string& out, const ValueEntry& entry) {
    quote_key(out, entry.key);
    out += " = ";
    print_toml_value(out, entry.node);
}

void print_toml_value(std::string& out, const Value& node) {
    if (const auto* list = std::get_if<ValueArray>(&node.value)) {
        out += '[';
        print_sequence(out, *list, ", ", [&](const Value& one) { print_toml_value(out, one); });
        out += ']';
    } else if (const auto* table = std::get_if<ValueTable>(&node.value)) {
        out += '{';
        print_sequence(out, *table, ", ", [&](const ValueEntry& one) { print_assignment(out, one); });
        out += '}';
    } else {
        print_scalar(out, node, "1970-01-01"); // ValueDate does not keep the date
    }
}

bool has_header(const Value& node) {
    const auto is_table = [](const Value& one) { return std::holds_alternative<ValueTable>(one.value); };
    const auto* list = std::get_if<ValueArray>(&node.value);
    return is_table(node) ||
           (list != nullptr && !list->empty() && std::all_of(list->begin(), list->end(), is_table));
}

/// Prints values before tables, because keys after a header belong to the table of that header.
void print_toml_table(std::string& out, const ValueTable& entries, const std::string& path) {
    const auto headed = [&](const Value& node, const std::string& header, const std::string& inner) {
        (out += out.empty() ? "" : "\n") += header + '\n';
        print_toml_table(out, std::get<ValueTable>(node.value), inner);
    };
    for (const auto& entry : entries) {
        if (has_header(entry.node)) continue;
        print_assignment(out, entry);
        out += '\n';
    }
    for (const auto& entry : entries) {
        if (!has_header(entry.node)) continue;
        std::string inner = path.empty() ? "" : path + '.';
        quote_key(inner, entry.key);
        if (const auto* list = std::get_if<ValueArray>(&entry.node.value))
            for (const auto& element : *list)
                headed(element, "[[" + inner + "]]", inner);
        else
            headed(entry.node, '[' + inner + ']', inner);
    }
}

void print_json(std::string& out, const Value& node, const std::string& indent);

template <typename List, typename Print>
void print_json_block(std::string& out, const List& list, const std::string& indent, std::string_view braces,
                      Print print) {
    out += braces[0];
    if (!list.empty()) out += indent + "  ";
    print_sequence(out, list, "," + indent + "  ", print);
    if (!list.empty()) out += indent;
    out += braces[1];
}

void print_json_object(std::string& out, const ValueTable& table, const std::string& indent) {
    std::vector<const ValueEntry*> sorted;
    for (const auto& entry : table)
        sorted.push_back(&entry);
    std::ranges::sort(sorted, {}, [](const ValueEntry* entry) -> const std::string& { return entry->key; });
    print_json_block(out, sorted, indent, "{}", [&](const ValueEntry* entry) {
        quote(out, entry->key);
        out += ": ";
        print_json(out, entry->node, indent + "  ");
    });
}

/// `indent` is a line end and the current indentation.
void print_json(std::string& out, const Value& node, const std::string& indent) {
    const auto* number = std::get_if<double>(&node.value);
    if (const auto* list = std::get_if<ValueArray>(&node.value))
        print_json_block(out, *list, indent, "[]",
                         [&](const Value& one) { print_json(out, one, indent + "  "); });
    else if (const auto* table = std::get_if<ValueTable>(&node.value))
        print_json_object(out, *table, indent);
    else if (number != nullptr && !std::isfinite(*number))
        out += "null";
    else
        print_scalar(out, node, "null");
}
} // namespace

std::string to_toml(const Value& table) {
    std::string out;
    if (const auto* entries = std::get_if<ValueTable>(&table.value)) print_toml_table(out, *entries, "");
    return out;
}

std::string to_json(const Value& node) {
    std::string out;
    print_json(out, node, "\n");
    return out + '\n';
}

} // namespace hostlease
