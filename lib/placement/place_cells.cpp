#include "placement/place_cells.hpp"

#include "placement/share_out.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>

namespace hostlease {

namespace {
constexpr unsigned most_steps = 10'000; // of a search before it gives up

class Placement {
  public:
    Placement(const CorePool& pool, const PinningRequest& request, const std::vector<unsigned>& cells,
              const CoreList& usable)
        : pool_(pool), request_(request), cells_(cells) {
        std::set<unsigned> numbers;
        for (const auto* core : usable)
            numbers.insert(core->node);
        for (const unsigned number : numbers) {
            auto& node = nodes_.emplace_back(Node{number, {}});
            std::copy_if(usable.begin(), usable.end(), std::back_inserter(node.cores),
                         [&](const auto* core) { return core->node == number; });
            node.size = node.room();
        }
    }

    std::vector<PlacedPart> place() {
        if (cells_.size() == 1)
            place_cell(0);
        else if (const auto homes = nodes_of_their_own(); !homes.empty())
            take_all(homes);
        else if (const auto shared = shared_nodes(); !shared.empty())
            take_all(shared);
        else
            for (const auto cell : largest_first())
                place_cell(cell);
        std::stable_sort(parts_.begin(), parts_.end(),
                         [](const auto& left, const auto& right) { return left.cell < right.cell; });
        return std::move(parts_);
    }

  private:
    struct Node {
        unsigned number = 0;
        CoreList cores;    // the free ones
        unsigned size = 0; // including those that cells have
        [[nodiscard]] unsigned room() const { return static_cast<unsigned>(cores.size()); }
    };

    [[nodiscard]] std::vector<std::size_t> largest_first() const {
        std::vector<std::size_t> order(cells_.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](auto left, auto right) { return cells_[left] > cells_[right]; });
        return order;
    }

    void take_all(const std::vector<std::size_t>& homes) {
        for (std::size_t cell = 0; cell < cells_.size(); ++cell)
            take(cell, nodes_[homes[cell]], cells_[cell]);
    }

    /// 0: the node can provide the cell's memory, or its size is not known; 1: only a part; 2: nothing.
    [[nodiscard]] unsigned lack_of_memory(std::size_t cell, const Node& node, unsigned cores) const {
        const auto found = request_.node_memory.find(node.number);
        if (found == request_.node_memory.end()) return 0;
        if (found->second == 0) return 2;
        return found->second < memory_of(request_, cells_, cell, cores) ? 1 : 0;
    }

    /// The kernel rarely finds gigantic pages after boot, so free ones count.
    [[nodiscard]] bool lacks_pages(std::size_t cell, const Node& node, unsigned cores) const {
        const auto found = request_.node_pages.find(node.number);
        return found != request_.node_pages.end() && found->second < memory_of(request_, cells_, cell, cores);
    }

    [[nodiscard]] bool has_own_near(std::size_t cell) const {
        return cell < request_.cell_near.size() && !request_.cell_near[cell].empty();
    }

    [[nodiscard]] bool is_far(std::size_t cell, const Node& node) const {
        const auto& near = has_own_near(cell) ? request_.cell_near[cell] : request_.near;
        return !near.empty() && !near.contains(node.number);
    }

    /// The free cores of a node below one last-level cache, and how many of them are chosen.
    struct CacheShare {
        CoreList cores;
        unsigned chosen = 0;
    };

    /// Chooses this number of a node's cores.
    [[nodiscard]] std::vector<CacheShare> shares_of_caches(const Node& node, unsigned count) const {
        // highest number first: the lowest one stays with CPU 0
        std::map<unsigned, CoreList, std::greater<>> caches;
        for (const auto* core : node.cores)
            caches[core->cache].push_back(core);
        std::vector<Place> places;
        std::vector<std::vector<unsigned>> against;
        for (const auto& [cache, cores] : caches) {
            places.push_back({static_cast<unsigned>(cores.size()), cores.front()->package});
            against.push_back(drawbacks_of_cache(cores));
        }
        const auto chosen =
            share_out(count, places, [&](std::size_t index, unsigned) { return against[index]; });
        std::vector<CacheShare> shares;
        for (auto& [cache, cores] : caches)
            shares.push_back({std::move(cores), chosen[shares.size()]});
        return shares;
    }

    /// For a VM that stays apart from others: lower if more cores are left.
    [[nodiscard]] unsigned crowd(const CoreList& left) const {
        return request_.spread ? ~static_cast<unsigned>(left.size()) : 0;
    }

    [[nodiscard]] std::vector<unsigned> drawbacks(std::size_t cell, const Node& node, unsigned cores) const {
        unsigned others = 0;
        bool has_first = false;
        for (const auto* core : pool_.free()) {
            if (core->node != node.number) continue;
            ++others;
            has_first = has_first || pool_.is_first(*core);
        }
        unsigned caches = 0;
        unsigned better = 0; // number of caches that are better than the worst one
        unsigned crowded = 0;
        for (const auto& share : shares_of_caches(node, cores)) {
            if (share.chosen == 0) continue;
            ++caches;
            better = std::max(better, pool_.better_caches(*share.cores.front()));
            crowded = std::max(crowded, crowd(share.cores));
        }
        return {lack_of_memory(cell, node, cores),
                lacks_pages(cell, node, cores) ? 1U : 0U,
                is_far(cell, node) ? 1U : 0U,
                caches,
                crowd(node.cores),
                crowded,
                better,
                others > cores ? 0U : 1U,
                has_first ? 1U : 0U};
    }

    /// When cells must share nodes: first the node of the cell's own memory, then the node with the fewest
    /// cores of other cells, then the one with the most free cores.
    [[nodiscard]] std::vector<unsigned> drawbacks_of_sharing(std::size_t cell, const Node& node,
                                                             unsigned cores) const {
        auto against = drawbacks(cell, node, cores);
        against.insert(against.begin(), {node.size - node.room(), ~node.room()});
        against.insert(against.begin(), has_own_near(cell) && is_far(cell, node) ? 1U : 0U);
        return against;
    }

    /// Places a cell on the fewest nodes; if cells share nodes, on the node with the most free cores.
    void place_cell(std::size_t cell) {
        std::vector<Place> places;
        places.reserve(nodes_.size());
        for (const auto& node : nodes_)
            places.push_back({node.room(), node.cores.empty() ? 0 : node.cores.front()->package});
        const auto shares = share_out(cells_[cell], places, [&](std::size_t index, unsigned cores) {
            return cells_.size() > 1 ? drawbacks_of_sharing(cell, nodes_[index], cores)
                                     : drawbacks(cell, nodes_[index], cores);
        });
        for (std::size_t index = 0; index < nodes_.size(); ++index)
            if (shares[index] > 0) take(cell, nodes_[index], shares[index]);
    }

    /// Whether each cell from this one on can get an unused node; the largest cell needs the largest node,
    /// and so on.
    [[nodiscard]] bool can_have_nodes(std::size_t cell, const std::vector<bool>& is_used) const {
        std::vector<unsigned> needs(cells_.begin() + static_cast<std::ptrdiff_t>(cell), cells_.end());
        std::vector<unsigned> rooms;
        for (std::size_t index = 0; index < nodes_.size(); ++index)
            if (!is_used[index]) rooms.push_back(nodes_[index].room());
        std::sort(needs.rbegin(), needs.rend());
        std::sort(rooms.rbegin(), rooms.rend());
        return needs.size() <= rooms.size() &&
               std::equal(needs.begin(), needs.end(), rooms.begin(),
                          [](unsigned need, unsigned room) { return need <= room; });
    }

    /// A node for each cell, in the order of both if that fits; empty if there are not enough nodes.
    [[nodiscard]] std::vector<std::size_t> nodes_of_their_own() const {
        std::vector<bool> is_used(nodes_.size());
        std::vector<std::size_t> homes;
        if (!can_have_nodes(0, is_used)) return homes;
        for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
            std::size_t best = nodes_.size();
            for (std::size_t index = 0; index < nodes_.size(); ++index) {
                if (is_used[index] || nodes_[index].room() < cells_[cell]) continue;
                is_used[index] = true;
                if (can_have_nodes(cell + 1, is_used) &&
                    (best == nodes_.size() || is_better_home(cell, index, best)))
                    best = index;
                is_used[index] = false;
            }
            is_used[best] = true;
            homes.push_back(best);
        }
        return homes;
    }

    [[nodiscard]] bool is_better_home(std::size_t cell, std::size_t left, std::size_t right) const {
        const auto drawbacks_of = [&](std::size_t index) {
            return std::pair(lack_of_memory(cell, nodes_[index], cells_[cell]), is_far(cell, nodes_[index]));
        };
        return drawbacks_of(left) < drawbacks_of(right);
    }

    /// A node for each cell; several cells may share one. Empty if a cell does not fit into what the others
    /// leave.
    [[nodiscard]] std::vector<std::size_t> shared_nodes() const {
        const auto order = largest_first();
        auto left = nodes_; // only the number of free cores of each counts
        std::vector<std::size_t> homes(cells_.size());
        unsigned steps = 0;
        const std::function<bool(std::size_t)> settle = [&](std::size_t at) {
            if (at == order.size()) return true;
            const auto cell = order[at];
            std::vector<std::size_t> fitting;
            for (std::size_t index = 0; index < left.size(); ++index)
                if (left[index].room() >= cells_[cell]) fitting.push_back(index);
            std::stable_sort(fitting.begin(), fitting.end(), [&](auto one, auto other) {
                return drawbacks_of_sharing(cell, left[one], cells_[cell]) <
                       drawbacks_of_sharing(cell, left[other], cells_[cell]);
            });
            for (const auto index : fitting) {
                if (++steps > most_steps) return false;
                const auto before = left[index].cores;
                left[index].cores.resize(before.size() - cells_[cell]);
                homes[cell] = index;
                if (settle(at + 1)) return true;
                left[index].cores = before;
            }
            return false;
        };
        return settle(0) ? homes : std::vector<std::size_t>{};
    }

    void take(std::size_t cell, Node& node, unsigned count) {
        PlacedPart part{cell, node.number, {}};
        for (const auto& share : shares_of_caches(node, count))
            pick(share.cores, share.chosen, part.cores);
        std::stable_sort(part.cores.begin(), part.cores.end(), [](const auto* left, const auto* right) {
            return left->cache != right->cache ? left->cache < right->cache
                                               : left->threads.members() < right->threads.members();
        });
        std::erase_if(node.cores, [&](const auto* core) {
            return std::find(part.cores.begin(), part.cores.end(), core) != part.cores.end();
        });
        parts_.push_back(std::move(part));
    }

    /// Drawbacks of the cache above these cores.
    [[nodiscard]] std::vector<unsigned> drawbacks_of_cache(const CoreList& cores) const {
        const auto number = cores.front()->cache;
        const auto is_below = [&](const TopologyCore* core) { return core->cache == number; };
        const auto& free = pool_.free();
        const bool has_first = std::any_of(free.begin(), free.end(), [&](const auto* core) {
            return is_below(core) && pool_.is_first(*core);
        });
        const bool is_beside = std::any_of(pool_.all().begin(), pool_.all().end(), [&](const auto& core) {
            return is_below(&core) && core.threads.intersects(request_.beside);
        });
        return {is_beside ? 0U : 1U, crowd(cores), pool_.better_caches(*cores.front()), has_first ? 1U : 0U};
    }

    /// Takes the last cores; cores with an offline thread go first, because no thread of theirs must stay
    /// idle.
    static void pick(CoreList cores, unsigned count, CoreList& to) {
        std::reverse(cores.begin(), cores.end());
        std::stable_sort(cores.begin(), cores.end(), [](const auto* left, const auto* right) {
            return left->threads.count() < right->threads.count();
        });
        to.insert(to.end(), cores.begin(), cores.begin() + static_cast<std::ptrdiff_t>(count));
    }

    const CorePool& pool_;
    const PinningRequest& request_;
    const std::vector<unsigned>& cells_;
    std::vector<Node> nodes_;
    std::vector<PlacedPart> parts_;
};
} // namespace

std::uint64_t memory_of(const PinningRequest& request, const std::vector<unsigned>& cells, std::size_t cell,
                        unsigned cores) {
    const bool is_known = cell < request.cell_memory.size();
    const auto memory = is_known ? request.cell_memory[cell] : request.memory;
    const auto all = is_known ? cells[cell] : std::accumulate(cells.begin(), cells.end(), 0U);
    if (cores >= all) return memory;
    return memory / all * cores + memory % all * cores / all; // avoids an overflow
}

std::vector<PlacedPart> place_cells(const CorePool& pool, const PinningRequest& request,
                                    const std::vector<unsigned>& cells, const CoreList& usable) {
    return Placement(pool, request, cells, usable).place();
}

} // namespace hostlease
