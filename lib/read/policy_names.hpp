// Names of keys and tables in a policy file, and what to say of those that nobody knows.
#pragma once

#include "core/diagnostic.hpp"
#include "model/policy.hpp"
#include "text/value.hpp"

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace hostlease {

/// The first part of a key that has a table: "power" of "power.governor", "" of "inhibit_sleep".
std::string_view table_of(std::string_view key);

/// The rest of it: "governor", "inhibit_sleep".
std::string_view name_in_table(std::string_view key);

/// "domain, uuid, priority"
std::string list_text(std::span<const std::string_view> names);

/// "power.governor" for a "governor" that stands in the wrong table, or "".
std::string key_elsewhere(std::string_view name, std::span<const KeySpec> keys);

/// "unknown key", with the nearest of `names` in its table or the key of that name elsewhere.
Diagnostic unknown_key(const ValueEntry& entry, const std::string& table,
                       std::span<const std::string_view> names, std::span<const KeySpec> keys);

bool is_table(const Value& node);

/// "an array of tables" where kind() would say "an array": people write [[power]] for [power].
std::string table_kind(const Value& node);

/// The value of an `enforce` key, whose full name is `key`.
tl::expected<Enforce, Diagnostic> read_enforce_value(const Value& node, const std::string& key);

} // namespace hostlease
