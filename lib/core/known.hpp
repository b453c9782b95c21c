// What could not be found out is told, never made up.
#pragma once

#include <optional>
#include <string>

namespace hostlease {

/// A value that could be found, or why not.
template <typename T>
struct Known {
    std::optional<T> value;
    std::string absent;
    bool operator==(const Known&) const = default;
};

} // namespace hostlease
