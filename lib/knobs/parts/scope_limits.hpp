// The value that is read for a scope without limits of hostlease.
#pragma once

#include <string_view>

namespace hostlease {

inline constexpr std::string_view no_scope_limits = "none";

} // namespace hostlease
