// Many targets of one knob as one line.
#pragma once

#include <string>
#include <vector>

namespace hostlease {

struct NamedPath {
    std::string target;
    std::string path;
    bool operator==(const NamedPath&) const = default;
};

/// The path with its target's number, or name, left out: paths with equal shapes can be written as one.
std::string shape_of(const NamedPath& one);

/// Paths of one shape as one text, numbers as a CPU list: "/sys/devices/system/cpu/cpufreq/policy{4-7}/scaling_governor". Of names the first
/// few. One path is written as it is.
std::string joined_paths(const std::vector<NamedPath>& paths);

/// "a, b, c and 253 more"
std::string first_few(const std::vector<std::string>& names);

} // namespace hostlease
