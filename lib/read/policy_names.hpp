// Names of keys and tables in a policy file, and the error for an unknown one.
#pragma once

#include "core/diagnostic.hpp"
#include "model/policy.hpp"
#include "text/value.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace hostlease {

inline constexpr std::array<std::string_view, 3> match_names{"domain", "uuid", "priority"};
inline constexpr std::array<std::string_view, 1> audit_names{"ignore"};

/// The first part of a key that has a table: "power" of "power.governor", "" of "inhibit_sleep".
std::string_view table_of(std::string_view key);

/// The key without its table: "governor", "inhibit_sleep".
std::string_view name_in_table(std::string_view key);

/// "domain, uuid, priority"
std::string list_text(std::span<const std::string_view> names);

/// The key with this name in some table: "power.governor" for "governor", "match.domain" for "domain"; "" if
/// there is none.
std::string key_elsewhere(std::string_view name, std::span<const KeySpec> keys);

/// The error "unknown key". Its hint has the nearest of `names` in the table, or the key of this name in
/// another table.
Diagnostic unknown_key(const ValueEntry& entry, const std::string& table,
                       std::span<const std::string_view> names, std::span<const KeySpec> keys);

bool is_table(const Value& node);

/// Like kind(), but "an array of tables" for such an array: people write [[power]] instead of [power].
std::string table_kind(const Value& node);

/// The value of an `enforce` key, whose full name is `key`.
tl::expected<Enforce, Diagnostic> read_enforce_value(const Value& node, const std::string& key);

} // namespace hostlease
