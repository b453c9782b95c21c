#include "core/units.hpp"
#include "host/topology_picture.hpp"
#include "map_view.hpp"

namespace hostlease {

namespace {
TopologyPaint::Box pool_box(const PoolId& id, const PoolUse& pool) {
    return {pool.free() == 0 ? "#fb8072" : "#ffffb3",
            format_size(id.page_size) + " pages: " + std::to_string(pool.leased) + " leased, " +
                std::to_string(pool.other) + " in use otherwise, " + std::to_string(pool.free()) + " free"};
}
} // namespace

Result<std::string> map_svg(const MapView& view, const std::string& root) {
    TopologyPaint paint;
    for (const auto& [cpu, owner] : view.owner_of_cpus())
        paint.cpus[cpu] = {colour_of(view, owner), view.owners[owner].name};
    for (const auto& [id, pool] : view.pools)
        paint.nodes[id.node].push_back(pool_box(id, pool));
    for (const auto& owner : view.owners)
        paint.legend.push_back((owner.kind == CpuOwner::Kind::shared ? "shared: " : "") + owner.name +
                               ": CPU " + to_list(owner.cpus));
    return draw_topology(root, paint);
}

} // namespace hostlease
