// What a scope that has no limits of ours reads as.
#pragma once

#include <string_view>

namespace hostlease {

inline constexpr std::string_view no_scope_limits = "none";

} // namespace hostlease
