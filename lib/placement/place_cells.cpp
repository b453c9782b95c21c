#include "placement/place_cells.hpp"

#include "placement/choose_homes.hpp"
#include "placement/share_out.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

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
            auto& node = nodes_.emplace_back(Node{number, {}, 0, memory_of_node(request, number)});
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
        CoreList cores;                           // the free ones
        unsigned size = 0;                        // including those that cells have
        std::optional<std::uint64_t> memory = {}; // that cells have left; nullopt: not known
        [[nodiscard]] unsigned room() const { return static_cast<unsigned>(cores.size()); }
    };

    static std::optional<std::uint64_t> memory_of_node(const PinningRequest& request, unsigned number) {
        const auto found = request.node_memory.find(number);
        return found == request.node_memory.end() ? std::nullopt : std::optional(found->second);
    }

    [[nodiscard]] std::vector<std::size_t> largest_first() const {
        std::vector<std::size_t> order(cells_.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        const auto size = [&](std::size_t cell) {
            return std::pair(cells_[cell], memory_of(request_, cells_, cell, cells_[cell]));
        };
        std::stable_sort(order.begin(), order.end(),
                         [&](auto left, auto right) { return size(left) > size(right); });
        return order;
    }

    void take_all(const std::vector<std::size_t>& homes) {
        for (std::size_t cell = 0; cell < cells_.size(); ++cell)
            take(cell, nodes_[homes[cell]], cells_[cell]);
    }

    /// 0: the node can provide the cell's memory, or its size is not known; 1: only a part; 2: nothing.
    [[nodiscard]] unsigned lack_of_memory(std::size_t cell, const Node& node, unsigned cores) const {
        if (!node.memory) return 0;
        if (*node.memory == 0) return 2;
        return *node.memory < memory_of(request_, cells_, cell, cores) ? 1 : 0;
    }

    /// The part of a node that a cell takes.
    void settle(std::size_t cell, unsigned cores, Node& node) const {
        if (node.memory) *node.memory -= std::min(*node.memory, memory_of(request_, cells_, cell, cores));
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

    /// A cell that has nodes of its own gets its memory there, wherever its vCPUs are.
    [[nodiscard]] bool is_away(std::size_t cell, const Node& node) const {
        return has_own_near(cell) && is_far(cell, node);
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

    /// When cells must share nodes: first the node of the cell's own memory, then a node that has memory for
    /// it, then the node with the fewest cores of other cells, then the one with the most free cores.
    [[nodiscard]] std::vector<unsigned> drawbacks_of_sharing(std::size_t cell, const Node& node,
                                                             unsigned cores) const {
        auto against = drawbacks(cell, node, cores);
        against.insert(against.begin(), {is_away(cell, node) ? 1U : 0U, lack_of_memory(cell, node, cores),
                                         node.size - node.room(), ~node.room()});
        return against;
    }

    /// The cores of each node for a cell: on the fewest nodes, and if cells share nodes, on those with the
    /// most free cores. `closed` nodes get none.
    [[nodiscard]] std::vector<unsigned> shares_of_nodes(std::size_t cell,
                                                        const std::set<std::size_t>& closed) const {
        std::vector<Place> places;
        places.reserve(nodes_.size());
        for (std::size_t index = 0; index < nodes_.size(); ++index) {
            const auto& node = nodes_[index];
            places.push_back({closed.contains(index) ? 0 : node.room(),
                              node.cores.empty() ? 0 : node.cores.front()->package});
        }
        return share_out(cells_[cell], places, [&](std::size_t index, unsigned cores) {
            return cells_.size() > 1 ? drawbacks_of_sharing(cell, nodes_[index], cores)
                                     : drawbacks(cell, nodes_[index], cores);
        });
    }

    /// The nodes that lack memory for their share.
    [[nodiscard]] std::set<std::size_t> poor_nodes(std::size_t cell,
                                                   const std::vector<unsigned>& shares) const {
        std::set<std::size_t> poor;
        for (std::size_t index = 0; index < nodes_.size(); ++index)
            if (shares[index] > 0 && lack_of_memory(cell, nodes_[index], shares[index]) > 0)
                poor.insert(index);
        return poor;
    }

    /// Unequal parts on nodes with enough memory are better than equal ones on others, but not more parts.
    void place_cell(std::size_t cell) {
        const auto count_of = [](const std::vector<unsigned>& shares) {
            return std::count_if(shares.begin(), shares.end(), [](unsigned cores) { return cores > 0; });
        };
        auto shares = shares_of_nodes(cell, {});
        if (const auto poor = poor_nodes(cell, shares); !poor.empty()) {
            auto richer = shares_of_nodes(cell, poor);
            if (std::accumulate(richer.begin(), richer.end(), 0U) == cells_[cell] &&
                count_of(richer) == count_of(shares) && poor_nodes(cell, richer).empty())
                shares = std::move(richer);
        }
        for (std::size_t index = 0; index < nodes_.size(); ++index)
            if (shares[index] > 0) take(cell, nodes_[index], shares[index]);
    }

    /// What speaks against this node of a cell.
    [[nodiscard]] HomeLosses losses_of(std::size_t cell, const Node& node) const {
        constexpr std::ptrdiff_t of_memory = 3;
        if (node.room() < cells_[cell]) return {};
        const auto against = drawbacks(cell, node, cells_[cell]);
        HomeLosses losses{{is_away(cell, node) ? 1U : 0U}, 1, {against.begin() + of_memory, against.end()}};
        losses.memory.insert(losses.memory.end(), against.begin(), against.begin() + of_memory);
        return losses;
    }

    /// Empty if there are not enough nodes.
    [[nodiscard]] std::vector<std::size_t> nodes_of_their_own() const {
        HomeChoice choice;
        for (const auto& node : nodes_) {
            choice.rooms.push_back(node.room());
            choice.packages.push_back(node.cores.empty() ? 0 : node.cores.front()->package);
        }
        for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
            choice.needs.push_back(cells_[cell]);
            auto& losses = choice.losses.emplace_back();
            for (const auto& node : nodes_)
                losses.push_back(losses_of(cell, node));
        }
        return choose_homes(choice);
    }

    /// A node for each cell; several cells may share one. Empty if a cell does not fit into what the others
    /// leave.
    [[nodiscard]] std::vector<std::size_t> shared_nodes() const {
        const auto order = largest_first();
        auto left = nodes_; // only the number of free cores and the memory of each count
        std::vector<std::size_t> homes(cells_.size());
        unsigned steps = 0;
        const std::function<bool(std::size_t)> place_from = [&](std::size_t at) {
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
                const auto before = left[index];
                left[index].cores.resize(before.cores.size() - cells_[cell]);
                settle(cell, cells_[cell], left[index]);
                homes[cell] = index;
                if (place_from(at + 1)) return true;
                left[index] = before;
            }
            return false;
        };
        return place_from(0) ? homes : std::vector<std::size_t>{};
    }

    void take(std::size_t cell, Node& node, unsigned count) {
        PlacedPart part{cell, node.number, {}};
        settle(cell, count, node);
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

    /// Takes the last cores, or the fastest if the request prefers these; cores with an offline thread go
    /// first, because no thread of theirs must stay idle. Lent cores go last.
    void pick(CoreList cores, unsigned count, CoreList& to) const {
        const bool wants_fast = request_.prefer == CorePreference::frequency;
        const auto rank = [&](const TopologyCore& core) {
            return std::tuple(core.threads.intersects(request_.lent), core.threads.count(),
                              wants_fast ? ~core.highest_mhz : 0, wants_fast ? ~core.highest_perf : 0);
        };
        std::reverse(cores.begin(), cores.end());
        std::stable_sort(cores.begin(), cores.end(),
                         [&](const auto* left, const auto* right) { return rank(*left) < rank(*right); });
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
