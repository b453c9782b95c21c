// A parser for the part of TOML that the ledger's files use, many times as fast as toml++. With hundreds of
// VMs and thousands of interrupts, each call of the hook reads megabytes of these files.
#pragma once

#include "text/toml.hpp"

#include <optional>

namespace hostlease {

/// The tree that parse_toml makes of this text, if the text is plain; nullopt for any other text, valid or
/// not. A plain text has tables and arrays of tables with bare names of one part, and arrays of tables
/// inside the last element of such an array. Their keys are bare names. Their values are integers, empty
/// arrays, and strings whose only escapes are those of quotes and backslashes. There are no comments and no
/// duplicates.
std::optional<Value> parse_plain_toml(std::string_view text, const std::string& file);

} // namespace hostlease
