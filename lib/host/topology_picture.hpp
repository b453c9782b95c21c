// A picture of the machine's topology: hwloc knows it, lstopo draws it. libhwloc is opened when a picture is asked for, and needed for nothing else.
#pragma once

#include "core/error.hpp"

#include <map>
#include <string>
#include <vector>

namespace hostlease {

/// What is painted on the topology; colours are "#rrggbb".
struct TopologyPaint {
    struct Box {
        std::string colour;
        std::string text;
    };
    std::map<unsigned, Box> cpus;               // by number
    std::map<unsigned, std::vector<Box>> nodes; // beside NUMA nodes
    std::vector<std::string> legend;            // a line each
};

/// The SVG that lstopo makes of the topology below `root`. ErrorKind::unsupported without hwloc or lstopo, or where the root holds no
/// topology. Source: hwloc 2.9, doc of lstopo(1) and of the lstopoStyle attribute.
Result<std::string> draw_topology(const std::string& root, const TopologyPaint& paint);

} // namespace hostlease
