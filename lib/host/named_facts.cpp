#include "host/named_facts.hpp"

#include "core/parse.hpp"

namespace hostlease {

PathFacts look_at_path(Host& host, const std::string& path) {
    const auto found =
        host.resolve(path).and_then([&](const std::string& real) { return host.status(real); });
    if (found) return {};
    return is_missing(found.error()) ? PathFacts{.exists = false}
                                     : PathFacts{.problem = found.error().text()};
}

std::map<PciAddress, unsigned> nodes_of_devices(Host& host, const std::vector<PciAddress>& devices) {
    std::map<PciAddress, unsigned> nodes;
    for (const auto& device : devices) {
        const auto text = host.read("/sys/bus/pci/devices/" + to_text(device) + "/numa_node");
        const auto node = text ? parse_integer<int>(trim(*text)) : std::nullopt;
        if (node && *node >= 0 && static_cast<unsigned>(*node) < CpuSet::limit)
            nodes[device] = static_cast<unsigned>(*node);
    }
    return nodes;
}

} // namespace hostlease
