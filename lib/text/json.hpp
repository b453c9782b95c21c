// JSON text as a tree of values. json.cpp is the only file that includes Boost.JSON.
#pragma once

#include "text/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace hostlease {

/// Parses the whole text to a tree without positions. Omits nulls, and numbers too large for a double, from
/// tables and arrays. Fails with one diagnostic at the first error: bad syntax, text that is not UTF-8,
/// nesting past 32 levels. If a key occurs twice, the last one counts. Never throws.
tl::expected<Value, Diagnostic> parse_json(std::string_view text, const std::string& file);

/// The member of a table if it is text, or a list; nullptr for any other member, and if `table` is not a
/// table or nullptr.
const std::string* text_at(const Value* table, std::string_view key);
const ValueArray* list_at(const Value* table, std::string_view key);

/// The member of a table if it is a finite number.
std::optional<double> number_at(const Value* table, std::string_view key);

} // namespace hostlease
