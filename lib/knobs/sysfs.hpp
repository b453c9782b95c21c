// Files that [[sysfs]] cannot lease.
#pragma once

#include <string_view>

namespace hostlease {

/// Why what the file reads does not tell how to go back from a write of `value`: "takes commands"; "" where
/// it does.
std::string_view one_way(std::string_view path, std::string_view value);

} // namespace hostlease
