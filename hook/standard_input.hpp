#pragma once

#include <string>

namespace hostlease {

/// All of standard input, up to one byte past `limit`: the extra byte shows a reader with the same limit that
/// the limit was exceeded.
std::string read_standard_input(std::size_t limit);

} // namespace hostlease
