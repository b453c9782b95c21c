// Many targets of one knob as one line.
#pragma once

#include <cstddef>
#include <map>
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

/// Targets of which the same is to say, and whose paths can be written as one.
struct TargetGroup {
    std::vector<std::string> cells;
    std::vector<NamedPath> paths;
};

/// Puts each target to those of which all is the same but their names. A group is where the first of its targets was.
class TargetGroups {
  public:
    /// The cells are all that is said of the target but its path.
    void add(std::vector<std::string> cells, NamedPath path);
    [[nodiscard]] const std::vector<TargetGroup>& list() const { return list_; }

  private:
    std::vector<TargetGroup> list_;
    std::map<std::vector<std::string>, std::size_t> index_; // by cells and shape
};

/// "a, b, c and 253 more"
std::string first_few(const std::vector<std::string>& names);

} // namespace hostlease
