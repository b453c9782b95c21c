// hwloc's own text pictures need several lines per core and have no colours. Here each CPU is one sign, so
// that a host with a thousand CPUs fits on a screen.
#include "map_view.hpp"

#include "core/text_table.hpp"
#include "core/units.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::size_t line_width = 64;

std::string paint(const MapView& view, std::size_t owner, const std::string& text, bool has_colours) {
    if (!has_colours) return text;
    const std::string colour = colour_of(view, owner);
    const auto part = [&](std::size_t at) {
        return std::to_string(std::stoul(colour.substr(at, 2), nullptr, 16));
    };
    return "\033[30;48;2;" + part(1) + ";" + part(3) + ";" + part(5) + "m" + text + "\033[0m";
}

/// The sign of each owner: a letter for each VM, or '#' once the letters run out. The legend explains them.
std::vector<char> signs_of(const MapView& view) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::vector<char> signs;
    std::size_t next = 0;
    for (const auto& owner : view.owners)
        switch (owner.kind) {
        case CpuOwner::Kind::housekeeping: signs.push_back('.'); break;
        case CpuOwner::Kind::shared: signs.push_back('+'); break;
        case CpuOwner::Kind::offline: signs.push_back('-'); break;
        case CpuOwner::Kind::vm: signs.push_back(next < letters.size() ? letters[next++] : '#');
        }
    return signs;
}

/// Lines with the node's cores; each core has the signs of its hardware threads.
std::string cores_text(const MapView& view, const NodeFacts& node, bool has_colours) {
    const auto owners = view.owner_of_cpus();
    const auto signs = signs_of(view);
    std::string text;
    std::size_t width = 0;
    for (const auto& core : view.facts.cores) {
        const auto cpus = (core & node.cpus & view.facts.online).members();
        if (cpus.empty()) continue;
        if (width + cpus.size() > line_width) {
            text += "\n ";
            width = 0;
        }
        text += " ";
        for (const unsigned cpu : cpus)
            text += paint(view, owners.at(cpu), std::string(1, signs[owners.at(cpu)]), has_colours);
        width += cpus.size() + 1;
    }
    return text.empty() ? "" : " " + text + "\n";
}

/// '#' leased, '=' otherwise in use, '.' free.
std::string bar(const PoolUse& pool) {
    constexpr std::uint64_t width = 32;
    const auto part = [&](std::uint64_t pages) {
        return pool.total == 0 ? 0 : (pages * width + pool.total - 1) / pool.total;
    };
    const auto leased = part(pool.leased);
    const auto used = std::min(width, std::max(leased, part(pool.leased + pool.other)));
    return "[" + std::string(leased, '#') + std::string(used - leased, '=') + std::string(width - used, '.') +
           "]";
}

std::string pools_text(const MapView& view, unsigned node) {
    TextTable rows;
    for (const auto& [id, pool] : view.pools)
        if (id.node == node)
            rows.push_back({format_size(id.page_size), bar(pool),
                            std::to_string(pool.total) + " pages: " + std::to_string(pool.leased) +
                                " leased, " + std::to_string(pool.other) + " in use otherwise, " +
                                std::to_string(pool.free()) + " free"});
    return align(rows);
}
} // namespace

std::string map_text(const MapView& view, bool has_colours) {
    std::string text;
    for (const auto& node : view.facts.nodes) {
        text += "node" + std::to_string(node.id) + ", " + format_size_short(node.memory) +
                (node.cpus.empty() ? "" : ", CPU " + to_list(node.cpus)) + "\n";
        text += cores_text(view, node, has_colours) + pools_text(view, node.id) + "\n";
    }
    const auto signs = signs_of(view);
    TextTable legend;
    for (std::size_t owner = 0; owner < view.owners.size(); ++owner) {
        const bool is_shared = view.owners[owner].kind == CpuOwner::Kind::shared;
        legend.push_back({std::string(1, signs[owner]),
                          (is_shared ? "shared: " : "") + view.owners[owner].name,
                          "CPU " + to_list(view.owners[owner].cpus)});
    }
    std::string lines = align(legend);
    if (!has_colours) return text + lines;
    std::size_t at = 0;
    for (std::size_t owner = 0; owner < view.owners.size(); ++owner) {
        const std::string sign = paint(view, owner, std::string(1, signs[owner]), true);
        lines.replace(at + 2, 1, sign);
        at = lines.find('\n', at) + 1;
    }
    return text + lines;
}

} // namespace hostlease
