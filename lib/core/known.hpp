// A value, or the reason why it is not available.
#pragma once

#include <optional>
#include <string>

namespace hostlease {

template <typename T>
struct Known {
    std::optional<T> value;
    std::string absent;
    bool operator==(const Known&) const = default;
};

} // namespace hostlease
