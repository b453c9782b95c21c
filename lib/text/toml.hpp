// TOML text as a tree of values, and back. toml.cpp is the only file that includes toml++.
#pragma once

#include "text/value.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace hostlease {

/// Parses the whole document to a table. Fails with one diagnostic at the first error: bad syntax, a
/// duplicate key, text that is not UTF-8, nesting past 128 levels, or text past `limit` bytes. Never throws.
tl::expected<Value, Diagnostic> parse_toml(std::string_view text, const std::string& file,
                                           std::size_t limit = 1024UL * 1024);

/// The table as a TOML document that parse_toml reads back to the same values. Positions are not kept;
/// strings must be UTF-8.
std::string to_toml(const Value& table);

} // namespace hostlease
