// Services that set the same things as policies.
#pragma once

#include <span>
#include <string_view>

namespace hostlease {

struct Rival {
    std::string_view service;
    std::span<const std::string_view> keys; // policy keys, or their tables: "power."

    /// Whether the service sets the same thing as the policy key.
    [[nodiscard]] bool sets(std::string_view key) const;
};

std::span<const Rival> rivals();

} // namespace hostlease
