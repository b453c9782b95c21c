#pragma once

#include <string>

namespace hostlease {

/// All of standard input, up to one byte past `limit`: a reader that has a limit of its own then sees that it
/// was passed.
std::string read_standard_input(std::size_t limit);

} // namespace hostlease
