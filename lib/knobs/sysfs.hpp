// Files that [[sysfs]] cannot lease.
#pragma once

#include <string_view>

namespace hostlease {

/// Whether writing the file does something once, and reading it does not tell what to write for going back.
bool takes_commands(std::string_view path);

} // namespace hostlease
