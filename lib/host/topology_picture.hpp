// A picture of the machine's topology, read by hwloc and drawn by lstopo.
#pragma once

#include "core/error.hpp"

#include <map>
#include <string>
#include <vector>

namespace hostlease {

/// The colours and labels of the picture. Colours are "#rrggbb".
struct TopologyPaint {
    struct Box {
        std::string colour;
        std::string text;
    };
    std::map<unsigned, Box> cpus;               // by number
    std::map<unsigned, std::vector<Box>> nodes; // beside NUMA nodes
    std::vector<std::string> legend;            // one line each
};

/// The SVG that lstopo makes of the topology below `root`. ErrorKind::unsupported if hwloc or lstopo is
/// missing, or if the root has no topology. Source: hwloc 2.9, doc of lstopo(1) and of the lstopoStyle
/// attribute.
Result<std::string> draw_topology(const std::string& root, const TopologyPaint& paint);

} // namespace hostlease
