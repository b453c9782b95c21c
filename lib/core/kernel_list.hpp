// Lists of CPUs as the kernel takes them, which is more than it prints.
#pragma once

#include "core/cpu_set.hpp"

#include <optional>
#include <string_view>

namespace hostlease {

/// Numbers and ranges between commas or blanks, where "N" is `last`, "all" is "0-N", and "0-15:2/4" the first
/// 2 of each 4. nullopt for what the kernel refuses, and for numbers from CpuSet::limit on. Source:
/// bitmap_parselist in lib/bitmap-str.c (6.12).
std::optional<CpuSet> parse_kernel_list(std::string_view text, unsigned last);

} // namespace hostlease
