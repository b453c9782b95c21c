// One TOML value -> the SettingValue of its key, or an error that says what the key accepts.
#pragma once

#include "core/diagnostic.hpp"
#include "model/policy.hpp"
#include "text/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace hostlease {

/// The value of `spec.key`, or an error at the position of the value that says what the key accepts.
tl::expected<SettingValue, Diagnostic> read_setting_value(const Value& node, const KeySpec& spec);

/// The values that the key accepts, as text: "an integer from 0 to 200 or \"leave\"".
std::string expected_values(const KeySpec& spec);

/// The default as text: "leave" if the key is not touched; "" for an array of tables, which is empty.
std::string_view default_value(const KeySpec& spec);

/// The value as written in a policy file, strings in quotes.
std::string value_text(const Value& node);

/// The text for FOUND in "KEY takes ..., not FOUND": a string or an integer itself, shortened; for other
/// values their kind.
std::string found_text(const Value& node);

/// The user's text for a message: printable, on one line, shortened.
std::string shown(std::string_view text);

} // namespace hostlease
