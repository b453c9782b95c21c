#include "placement/choose_homes.hpp"

#include <algorithm>
#include <set>

namespace hostlease {

namespace {
constexpr unsigned most_steps = 10'000; // before the search ends

std::vector<std::uint64_t> sum_of(std::vector<std::uint64_t> left, const std::vector<std::uint64_t>& right) {
    left.resize(std::max(left.size(), right.size()));
    for (std::size_t at = 0; at < right.size(); ++at)
        left[at] += right[at];
    return left;
}

HomeLosses sum_of(const HomeLosses& left, const HomeLosses& right) {
    return {sum_of(left.memory, right.memory), std::max(left.packages, right.packages),
            sum_of(left.rest, right.rest)};
}

/// Branch and bound: tries the nodes in the order of their memory's losses, and stops where the losses so far
/// and the smallest ones of the other cells are no better than those of the best assignment.
class HomeSearch {
  public:
    explicit HomeSearch(const HomeChoice& choice)
        : choice_(choice), order_(choice.needs.size()), at_least_(choice.needs.size() + 1),
          is_used_(choice.rooms.size()) {}

    std::vector<std::size_t> search() {
        if (!can_have_nodes(0)) return {};
        for (auto cell = order_.size(); cell-- > 0;) {
            auto& nodes = order_[cell];
            for (std::size_t node = 0; node < choice_.rooms.size(); ++node)
                if (choice_.rooms[node] >= choice_.needs[cell]) nodes.push_back(node);
            const auto& losses = choice_.losses[cell];
            const auto best = std::min_element(nodes.begin(), nodes.end(), [&](auto left, auto right) {
                return losses[left] < losses[right];
            });
            at_least_[cell] = sum_of(at_least_[cell + 1], losses[*best]);
            std::stable_sort(nodes.begin(), nodes.end(), [&](auto left, auto right) {
                return losses[left].memory < losses[right].memory;
            });
        }
        settle({});
        return best_;
    }

  private:
    /// Whether each cell from this one on can get an unused node; the largest cell needs the largest node,
    /// and so on.
    [[nodiscard]] bool can_have_nodes(std::size_t cell) const {
        std::vector<unsigned> needs(choice_.needs.begin() + static_cast<std::ptrdiff_t>(cell),
                                    choice_.needs.end());
        std::vector<unsigned> rooms;
        for (std::size_t node = 0; node < choice_.rooms.size(); ++node)
            if (!is_used_[node]) rooms.push_back(choice_.rooms[node]);
        std::sort(needs.rbegin(), needs.rend());
        std::sort(rooms.rbegin(), rooms.rend());
        return needs.size() <= rooms.size() &&
               std::equal(needs.begin(), needs.end(), rooms.begin(),
                          [](unsigned need, unsigned room) { return need <= room; });
    }

    [[nodiscard]] std::size_t packages_of_chosen() const {
        std::set<unsigned> packages;
        for (const auto node : chosen_)
            packages.insert(choice_.packages[node]);
        return packages.size();
    }

    void settle(const HomeLosses& before) {
        const auto cell = chosen_.size();
        if (cell == order_.size()) {
            best_ = chosen_;
            least_ = before;
            return;
        }
        for (const auto node : order_[cell]) {
            if (is_used_[node]) continue;
            if (!best_.empty() && ++steps_ > most_steps) return;
            is_used_[node] = true;
            chosen_.push_back(node);
            auto sum = sum_of(before, choice_.losses[cell][node]);
            sum.packages = packages_of_chosen();
            const bool may_be_better = best_.empty() || sum_of(sum, at_least_[cell + 1]) < least_;
            if (may_be_better && can_have_nodes(cell + 1)) settle(sum);
            chosen_.pop_back();
            is_used_[node] = false;
        }
    }

    const HomeChoice& choice_;
    std::vector<std::vector<std::size_t>> order_; // of the nodes, for each cell
    std::vector<HomeLosses> at_least_;            // of this cell and those after it
    std::vector<bool> is_used_;
    std::vector<std::size_t> chosen_;
    std::vector<std::size_t> best_;
    HomeLosses least_;
    unsigned steps_ = 0;
};
} // namespace

std::vector<std::size_t> choose_homes(const HomeChoice& choice) { return HomeSearch(choice).search(); }

} // namespace hostlease
