// Tables for terminals.
#pragma once

#include <string>
#include <vector>

namespace hostlease {

using TextTable = std::vector<std::vector<std::string>>;

/// The rows as lines: two spaces before and between columns, which are as wide as their widest cell; no
/// trailing spaces. Control characters in a cell become '?'.
std::string align(TextTable rows);

} // namespace hostlease
