// CPU lists as the kernel accepts them. The kernel prints only a part of this syntax.
#pragma once

#include "core/cpu_set.hpp"

#include <optional>
#include <string_view>

namespace hostlease {

/// Parses numbers and ranges that are separated by commas or white space. "N" is `last`, "all" is "0-N", and
/// "0-15:2/4" is the first 2 of each 4 numbers. nullopt for syntax that the kernel refuses, and for numbers
/// from CpuSet::limit on. Accepts numbers above `last`, which the kernel refuses. Source: bitmap_parselist
/// in lib/bitmap-str.c (6.12).
std::optional<CpuSet> parse_kernel_list(std::string_view text, unsigned last);

} // namespace hostlease
