// Tables for terminals.
#pragma once

#include <string>
#include <vector>

namespace hostlease {

using TextTable = std::vector<std::vector<std::string>>;

/// Formats the rows as lines. Two spaces precede each column, which is as wide as its widest cell. Lines
/// have no trailing spaces. Control characters in a cell become '?'.
std::string align(TextTable rows);

} // namespace hostlease
