#include "knobs/parts/page_placement.hpp"

#include "core/units.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <set>

namespace hostlease {

namespace {
std::uint64_t minus(std::uint64_t from, std::uint64_t what) { return from > what ? from - what : 0; }

/// The pages that remain available while demands are placed one by one.
class Market {
  public:
    Market(const PlanInput& input, const PageLimits& limits) : input_(input) {
        for (const auto& node : input.facts.nodes) {
            const auto minimum = limits.host_free_min.find(node.id);
            const auto available = limits.unlimited.contains(node.id) ? node.memory : node.available;
            spare_[node.id] = minus(available, minimum == limits.host_free_min.end() ? 0 : minimum->second);
        }
    }

    /// Free pages of the pool that are not reserved or promised.
    [[nodiscard]] std::uint64_t unclaimed(PoolId id) const {
        const PoolFacts* pool = input_.facts.pool(id);
        if (pool == nullptr) return 0;
        const auto taken = taken_.find(id);
        return minus(minus(minus(pool->free, promised(id)), foreign_reserved(id.page_size)),
                     taken == taken_.end() ? 0 : taken->second.needed - taken->second.grow);
    }

    /// Pages that can still be added to the pool.
    [[nodiscard]] std::uint64_t growable(PoolId id) const {
        if (input_.facts.pool(id) == nullptr || !spare_.contains(id.node)) return 0;
        auto pages = spare_.at(id.node) / id.page_size;
        const auto limit = input_.facts.growth_limit.find(id);
        const auto taken = taken_.find(id);
        if (limit != input_.facts.growth_limit.end())
            pages = std::min(pages, minus(limit->second, taken == taken_.end() ? 0 : taken->second.grow));
        return pages;
    }

    /// Bytes that the pools of a node can grow by together.
    [[nodiscard]] std::uint64_t spare(unsigned node) const { return spare_.at(node); }

    /// Takes up to `pages` from the pool, free ones first; returns how many it took.
    std::uint64_t take(PoolId id, std::uint64_t pages, bool may_grow) {
        const auto from_free = std::min(pages, unclaimed(id));
        const auto grown = may_grow ? std::min(pages - from_free, growable(id)) : 0;
        if (from_free + grown == 0) return 0;
        auto& taken = taken_[id];
        taken.needed += from_free + grown;
        taken.grow += grown;
        spare_[id.node] -= grown * id.page_size;
        return from_free + grown;
    }

    /// Counts pages that no pool can provide as missing from this pool.
    void miss(PoolId id, std::uint64_t pages) {
        if (input_.facts.pool(id) != nullptr) taken_[id].missing += pages;
    }

    [[nodiscard]] std::uint64_t promised(PoolId id) const {
        const auto found = input_.promised.find(id);
        return found == input_.promised.end() ? 0 : found->second;
    }

    [[nodiscard]] std::vector<PoolPlan> pools() const {
        std::vector<PoolPlan> list;
        for (const auto& [id, taken] : taken_) {
            const NodeFacts* node = input_.facts.node(id.node);
            PoolPlan pool{.id = id,
                          .needed = taken.needed + taken.missing,
                          .free = input_.facts.pool(id)->free,
                          .promised = promised(id),
                          .grow = taken.grow,
                          .missing = taken.missing};
            std::uint64_t growth = 0; // of every page size on this node
            for (const auto& [other, account] : taken_)
                if (other.node == id.node) growth += account.grow * other.page_size;
            pool.left_for_host = node == nullptr ? 0 : minus(node->available, growth);
            list.push_back(pool);
        }
        // gigantic pages need contiguous memory, so they go first
        std::stable_sort(list.begin(), list.end(),
                         [](const auto& a, const auto& b) { return a.id.page_size > b.id.page_size; });
        return list;
    }

  private:
    /// The kernel counts these pages only for the whole host, so each node is charged with all of them.
    [[nodiscard]] std::uint64_t foreign_reserved(std::uint64_t page_size) const {
        const auto reserved = input_.facts.reserved_pages.find(page_size);
        return reserved == input_.facts.reserved_pages.end() ? 0 : reserved->second;
    }

    struct Account {
        std::uint64_t needed = 0;
        std::uint64_t grow = 0;
        std::uint64_t missing = 0;
    };
    const PlanInput& input_;
    std::map<unsigned, std::uint64_t> spare_; // bytes a node can give
    std::map<PoolId, Account> taken_;
};

/// The nodes a demand may use, in order of preference.
std::vector<unsigned> candidates(const PageDemand& demand, const PlanInput& input, const NodeSet& near) {
    NodeSet first = demand.source == PageSource::anywhere ? near : demand.nodes;
    for (const auto& [node, vcpus] : demand.vcpus_by_node)
        first.add(node);
    std::vector<unsigned> nodes;
    for (const unsigned node : first.members())
        if (input.facts.node(node) != nullptr) nodes.push_back(node);
    if (demand.source == PageSource::anywhere || demand.source == PageSource::preferred)
        for (const auto& node : input.facts.nodes)
            if (!first.contains(node.id)) nodes.push_back(node.id);
    return nodes;
}

std::uint64_t place(Market& market, const PageDemand& demand, const std::vector<unsigned>& nodes) {
    std::uint64_t missing = demand.pages;
    const auto take = [&](unsigned node, std::uint64_t pages, bool may_grow) {
        missing -= market.take({node, demand.page_size}, std::min(pages, missing), may_grow);
    };
    if (demand.source == PageSource::spread) // in turn: the first nodes get the remainder
        for (std::size_t index = 0; index < nodes.size(); ++index)
            take(nodes[index], demand.pages / nodes.size() + (index < demand.pages % nodes.size() ? 1 : 0),
                 true);
    // near each vCPU its part; few gigantic pages can be added after boot, so free ones come first
    const bool is_gigantic = demand.page_size >= GiB;
    std::uint64_t vcpus = 0;
    for (const auto& [node, count] : demand.vcpus_by_node)
        vcpus += count;
    for (const auto& [node, count] : demand.vcpus_by_node)
        take(node, (demand.pages * count + vcpus - 1) / vcpus, !is_gigantic);
    if (is_gigantic)
        for (const auto& [node, count] : demand.vcpus_by_node)
            take(node, missing, false);
    // any mix is allowed: take free pages of the whole set before growing a pool
    if (demand.source == PageSource::bound)
        for (const unsigned node : nodes)
            take(node, missing, false);
    for (const unsigned node : nodes)
        take(node, missing, true);
    return missing;
}

std::string pages_text(std::uint64_t pages, std::uint64_t page_size) {
    return fmt::format("{} x {}", pages, format_size(page_size));
}

/// Lists the page sizes that can be requested.
std::string sizes_hint(const HostFacts& facts, const NodeSet& nodes) {
    std::set<std::uint64_t> sizes;
    for (const auto& pool : facts.pools)
        if (nodes.empty() || nodes.contains(pool.id.node)) sizes.insert(pool.id.page_size);
    const std::string where = nodes.empty() ? "this host has" : "node " + to_list(nodes) + " has";
    if (sizes.empty()) return where + " no huge pages: check <numatune> and <hugepages>";
    std::string list;
    for (const auto size : sizes)
        list += (list.empty() ? "" : ", ") + format_size(size);
    return where + " pages of " + list + ": use one of these sizes in <hugepages>";
}

void explain_shortage(const PageDemand& demand, std::uint64_t missing, const Market& fresh,
                      const std::vector<unsigned>& nodes, const PlanInput& input, const PageLimits& limits,
                      Diagnostics& shortages) {
    std::string account;
    std::uint64_t most = 0;
    for (const unsigned node : nodes) {
        const PoolId id{node, demand.page_size};
        if (input.facts.pool(id) == nullptr) continue;
        const auto keep = limits.host_free_min.find(node);
        most += fresh.unclaimed(id) + fresh.growable(id);
        account += fmt::format(
            "; node{}: {} free, {} promised to other VMs, {} can be added with {} left for the host", node,
            input.facts.pool(id)->free, fresh.promised(id), fresh.growable(id),
            format_size_short(keep == limits.host_free_min.end() ? 0 : keep->second));
    }
    if (account.empty()) {
        const std::string where =
            demand.nodes.empty() ? "this host has" : "node " + to_list(demand.nodes) + " has";
        shortages.error({},
                        fmt::format("{} needs {}, but {} no pages of that size", demand.what,
                                    pages_text(demand.pages, demand.page_size), where),
                        sizes_hint(input.facts, demand.nodes));
        return;
    }
    const std::string where = nodes.size() == 1 ? "node" + std::to_string(nodes.front())
                                                : "nodes " + to_list(CpuSet(nodes.begin(), nodes.end()));
    shortages.error({},
                    fmt::format("not enough huge pages: {} needs {} on {}; {} are missing{}", demand.what,
                                pages_text(demand.pages, demand.page_size), where, missing, account),
                    "the largest size that fits is " + format_size_short(most * demand.page_size));
}
} // namespace

PagePlacement place_pages(const PlanInput& input, std::vector<PageDemand> demands, const NodeSet& near,
                          const PageLimits& limits) {
    Market market(input, limits);
    const Market fresh = market;
    PagePlacement placement;
    const auto freedom = [&](const PageDemand& demand) {
        const bool fixed = demand.source == PageSource::bound || demand.source == PageSource::spread;
        return fixed ? demand.nodes.count() : input.facts.nodes.size() + 1;
    };
    std::stable_sort(demands.begin(), demands.end(), [&](const auto& a, const auto& b) {
        return a.page_size != b.page_size ? a.page_size > b.page_size : freedom(a) < freedom(b);
    });
    for (const auto& demand : demands) {
        const auto nodes = candidates(demand, input, near);
        const auto missing = place(market, demand, nodes);
        if (missing == 0) continue;
        explain_shortage(demand, missing, fresh, nodes, input, limits, placement.shortages);
        if (!nodes.empty()) market.miss({nodes.front(), demand.page_size}, missing);
    }
    placement.pools = market.pools();
    return placement;
}

PageRoom page_room(const PlanInput& input, const std::set<std::uint64_t>& sizes) {
    const Market market(input, page_limits(input));
    const bool may_grow = !input.policy.leaves(pool_knob);
    PageRoom room;
    for (const auto& node : input.facts.nodes) {
        std::uint64_t growth = 0;
        for (const auto size : sizes) {
            const PoolId id{node.id, size};
            room.free[node.id] += market.unclaimed(id) * size;
            if (may_grow) growth += market.growable(id) * size;
        }
        room.all[node.id] = room.free[node.id] + std::min(growth, market.spare(node.id));
    }
    return room;
}

} // namespace hostlease
