// Files that [[sysfs]] cannot lease.
#pragma once

#include <string_view>

namespace hostlease {

/// The knob of the files that an administrator names.
inline constexpr std::string_view admins_knob = "sysfs";

/// Why the file's content does not show how to undo a write of `value`, such as "takes commands"; "" if it
/// does.
std::string_view one_way(std::string_view path, std::string_view value);

} // namespace hostlease
