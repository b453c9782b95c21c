// Tables for terminals.
#pragma once

#include <string>
#include <vector>

namespace hostlease {

using TextTable = std::vector<std::vector<std::string>>;

/// The rows as lines, columns as wide as their widest cell and two blanks apart, two blanks in front, none at line ends. Control
/// characters in a cell become '?'.
std::string align(TextTable rows);

} // namespace hostlease
