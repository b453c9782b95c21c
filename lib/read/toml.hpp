// TOML and JSON text as a plain tree with positions. toml.cpp is the only file that sees toml++.
#pragma once

#include "core/diagnostic.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace hostlease {

struct TomlNode;
struct TomlEntry;
using TomlArray = std::vector<TomlNode>;
using TomlTable = std::vector<TomlEntry>; // in the order of the file; keys are unique

/// A date or time of TOML, which no key of ours takes; kept so that the reader can point at it.
struct TomlDate {
    bool operator==(const TomlDate&) const = default;
};

struct TomlNode {
    std::variant<bool, std::int64_t, double, std::string, TomlDate, TomlArray, TomlTable> value;
    SourcePosition position;

    /// The member of a table, or nullptr.
    [[nodiscard]] const TomlNode* find(std::string_view key) const;
    /// "a boolean", "an integer", "a string", "an array", "a table", ... for messages.
    [[nodiscard]] std::string_view kind() const;
};

struct TomlEntry {
    std::string key;
    SourcePosition position; // of the key
    TomlNode node;
};

/// Adds a member to a table that is being built. Counters are pages, bytes and clock ticks of this host, and fit a signed number.
template <typename T>
void put(TomlTable& table, std::string key, T&& value) {
    TomlEntry& entry = table.emplace_back();
    entry.key = std::move(key);
    if constexpr (std::is_same_v<std::decay_t<T>, std::uint64_t>)
        entry.node.value = static_cast<std::int64_t>(value);
    else if constexpr (std::is_convertible_v<T, std::string_view>)
        entry.node.value = std::string(std::string_view(std::forward<T>(value)));
    else
        entry.node.value = std::forward<T>(value);
}

/// The whole document as a table. Fails with one diagnostic at the place toml++ stopped: bad syntax, a duplicate key, text
/// that is not UTF-8, nesting past 128 levels or a text past `limit` bytes. Never throws.
tl::expected<TomlNode, Diagnostic> parse_toml(std::string_view text, const std::string& file, std::size_t limit = 1024UL * 1024);

/// The table as a TOML document that parse_toml reads back to the same values. Positions are not kept; strings must be UTF-8.
std::string to_toml(const TomlNode& table);

/// The node as indented JSON with a final line end. Table keys come in alphabetical order.
std::string to_json(const TomlNode& node);

} // namespace hostlease
