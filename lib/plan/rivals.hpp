// Services that set what policies set.
#pragma once

#include <span>
#include <string_view>

namespace hostlease {

struct Rival {
    std::string_view service;
    std::span<const std::string_view> keys; // policy keys, or the tables before them: "power."

    /// Whether the service sets what the policy key sets.
    [[nodiscard]] bool sets(std::string_view key) const;
};

std::span<const Rival> rivals();

} // namespace hostlease
