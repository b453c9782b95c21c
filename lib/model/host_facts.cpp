#include "model/host_facts.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"

#include <algorithm>
#include <limits>

namespace hostlease {

const NodeFacts* HostFacts::node(unsigned id) const {
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const auto& one) { return one.id == id; });
    return found == nodes.end() ? nullptr : &*found;
}

const PoolFacts* HostFacts::pool(PoolId id) const {
    const auto found = std::find_if(pools.begin(), pools.end(), [&](const auto& one) { return one.id == id; });
    return found == pools.end() ? nullptr : &*found;
}

CpuSet HostFacts::partitioned() const {
    CpuSet cpus;
    for (const auto& partition : cgroups.partitions)
        cpus |= partition.cpus;
    return cpus;
}

CpuSet HostFacts::own_cpus() const { return online - isolated_at_boot - partitioned(); }

std::string HostFacts::pool_path(PoolId id) const {
    const std::string size = "hugepages-" + std::to_string(id.page_size / KiB) + "kB";
    if (!has_numa) return "/sys/kernel/mm/hugepages/" + size;
    return "/sys/devices/system/node/node" + std::to_string(id.node) + "/hugepages/" + size;
}

std::string to_text(PoolId id) {
    return "node" + std::to_string(id.node) + "/hugepages-" + std::to_string(id.page_size / KiB) + "kB";
}

std::optional<PoolId> parse_pool_id(std::string_view text) {
    constexpr std::string_view middle = "/hugepages-";
    const auto slash = text.find(middle);
    if (!text.starts_with("node") || slash == std::string_view::npos || !text.ends_with("kB")) return std::nullopt;
    const auto node = parse_integer<unsigned>(text.substr(4, slash - 4));
    const auto size = parse_integer<std::uint64_t>(text.substr(slash + middle.size(), text.size() - slash - middle.size() - 2));
    // a size of 0 would be divided by, and one past 64 bits becomes 0
    if (!node || !size || *size == 0 || *size > std::numeric_limits<std::uint64_t>::max() / KiB) return std::nullopt;
    return PoolId{*node, *size * KiB};
}

} // namespace hostlease
