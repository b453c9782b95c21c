// One TOML value -> the SettingValue that its key asks for, or what the key takes instead.
#pragma once

#include "core/diagnostic.hpp"
#include "model/policy.hpp"
#include "text/value.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace hostlease {

/// The value of `spec.key`, or the error at the value with what the key takes.
tl::expected<SettingValue, Diagnostic> read_setting_value(const Value& node, const KeySpec& spec);

/// What the key takes, in words: "an integer from 0 to 200 or \"leave\"".
std::string expected_values(const KeySpec& spec);

/// The value as it stands in a policy file, strings in quotes.
std::string value_text(const Value& node);

/// What was found, for "KEY takes ..., not FOUND": the kind of value, or the value itself where it is short
/// enough.
std::string found_text(const Value& node);

/// Text of the user's in a message: printable, on one line and cut when it is long.
std::string shown(std::string_view text);

} // namespace hostlease
