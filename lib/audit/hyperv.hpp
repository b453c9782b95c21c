// What rules and suggestions share of Hyper-V enlightenments.
#pragma once

#include <array>
#include <string_view>

namespace hostlease {

/// Enlightenments that Windows before 10 does without.
inline constexpr std::array<std::string_view, 9> not_for_legacy_windows{
    "vpindex", "runtime", "synic", "stimer", "frequencies", "reenlightenment", "tlbflush", "ipi", "evmcs"};

} // namespace hostlease
