// JSON text as a tree of values. json.cpp is the only file that sees Boost.JSON.
#pragma once

#include "text/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace hostlease {

/// The whole text as a tree, without positions; a null, and a number past a double, is left out of tables and
/// arrays. Fails with one diagnostic at the place where it is no JSON any more: bad syntax, text that is not
/// UTF-8, nesting past 32 levels. Of a key that comes twice the last counts. Never throws.
tl::expected<Value, Diagnostic> parse_json(std::string_view text, const std::string& file);

/// The member of a table when it is text, or a list; nullptr for anything else, and for no table.
const std::string* text_at(const Value* table, std::string_view key);
const ValueArray* list_at(const Value* table, std::string_view key);

/// The member of a table when it is a finite number.
std::optional<double> number_at(const Value* table, std::string_view key);

} // namespace hostlease
