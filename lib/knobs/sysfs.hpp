// Files that [[sysfs]] cannot lease.
#pragma once

#include "core/diagnostic.hpp"
#include "model/policy.hpp"

#include <string_view>

namespace hostlease {

/// The knob of the files that an administrator names.
inline constexpr std::string_view admins_knob = "sysfs";

/// Why the file's content does not show how to undo a write of `value`, such as "takes commands"; "" if it
/// does. `found`: its content, "" if it was not read.
std::string_view one_way(std::string_view path, std::string_view value, std::string_view found = {});

/// Reports what the entry's path and value alone show: the file belongs to another knob, which refuses each
/// start, or hostlease could not restore the file.
void check_sysfs(const SysfsEntry& entry, Diagnostics& notes);

} // namespace hostlease
