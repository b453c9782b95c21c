#pragma once

#include <string>

namespace hostlease {

/// All of standard input, or its beginning with more than `limit` bytes: a caller with the same limit sees
/// that the limit was exceeded. Reads at most 16 KiB past the limit. Ends at a read error as at the end.
std::string read_standard_input(std::size_t limit);

} // namespace hostlease
