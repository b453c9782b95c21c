// A tree of values from TOML or JSON, with their positions in the text.
#pragma once

#include "core/diagnostic.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace hostlease {

struct Value;
struct ValueEntry;
using ValueArray = std::vector<Value>;
using ValueTable = std::vector<ValueEntry>; // in the order of the file; keys are unique

/// A date or time of TOML. No key of hostlease accepts one; it is kept so that an error can show its
/// position.
struct ValueDate {
    bool operator==(const ValueDate&) const = default;
};

struct Value {
    std::variant<bool, std::int64_t, double, std::string, ValueDate, ValueArray, ValueTable> value;
    SourcePosition position;

    /// The member of a table, or nullptr.
    [[nodiscard]] const Value* find(std::string_view key) const;
    /// "a boolean", "an integer", "a string", "an array", "a table", ... for messages.
    [[nodiscard]] std::string_view kind() const;
};

struct ValueEntry {
    std::string key;
    SourcePosition position; // of the key
    Value node;
};

/// Adds a member to a table that is being built. Stores an unsigned counter as a signed integer: the counts
/// of pages, bytes and clock ticks of a host fit.
template <typename T>
void put(ValueTable& table, std::string key, T&& value) {
    ValueEntry& entry = table.emplace_back();
    entry.key = std::move(key);
    if constexpr (std::is_same_v<std::decay_t<T>, std::uint64_t>)
        entry.node.value = static_cast<std::int64_t>(value);
    else if constexpr (std::is_convertible_v<T, std::string_view>)
        entry.node.value = std::string(std::string_view(std::forward<T>(value)));
    else
        entry.node.value = std::forward<T>(value);
}

/// The node as indented JSON with a final line end. Table keys are in alphabetical order.
std::string to_json(const Value& node);

} // namespace hostlease
