// The part of TOML that the ledger's files are written in, read many times as fast as by toml++: with
// hundreds of VMs and thousands of interrupts, each call of the hook reads megabytes of it.
#pragma once

#include "text/toml.hpp"

#include <optional>

namespace hostlease {

/// The tree that parse_toml makes of this text, where that is plain: tables and arrays of tables with bare
/// names of one part, arrays of tables in the last of these, below them keys with bare names, and integers or
/// strings without escapes but of quotes and backslashes, and empty arrays; no comments, nothing twice.
/// nullopt for anything else, right or wrong.
std::optional<Value> parse_plain_toml(std::string_view text, const std::string& file);

} // namespace hostlease
