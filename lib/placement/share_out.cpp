#include "placement/share_out.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

namespace hostlease {

namespace {
using Indices = std::vector<std::size_t>;

class Sharing {
  public:
    Sharing(unsigned need, const std::vector<Place>& places, const Drawbacks& drawbacks)
        : need_(need), places_(places) {
        std::vector<unsigned> rooms;
        rooms.reserve(places.size());
        for (const auto& place : places)
            rooms.push_back(place.room);
        std::sort(rooms.rbegin(), rooms.rend());
        for (unsigned sum = 0; sum < need && count_ < rooms.size(); ++count_)
            sum += rooms[count_];
        largest_ = count_ == 0 ? 0 : (need + parts() - 1) / parts();
        for (std::size_t index = 0; index < places.size(); ++index)
            against_.push_back(drawbacks(index, std::min(largest_, places[index].room)));
    }

    [[nodiscard]] std::vector<unsigned> share() const {
        std::vector<unsigned> shares(places_.size());
        const auto equal = places_for_equal_parts();
        if (!equal) return fill_up();
        for (std::size_t index = 0; index < equal->size(); ++index)
            shares[(*equal)[index]] = need_ / parts() + (index < need_ % parts() ? 1 : 0);
        return shares;
    }

  private:
    [[nodiscard]] unsigned parts() const { return static_cast<unsigned>(count_); }

    /// The best of these, as many as are needed; nullopt if there are fewer.
    [[nodiscard]] std::optional<Indices> best_of(Indices indices) const {
        if (indices.size() < count_) return std::nullopt;
        std::stable_sort(indices.begin(), indices.end(), [&](std::size_t left, std::size_t right) {
            return against_[left] != against_[right] ? against_[left] < against_[right]
                                                     : places_[left].room < places_[right].room;
        });
        indices.resize(count_);
        return indices;
    }

    /// The sum of the drawbacks of these places.
    [[nodiscard]] std::vector<unsigned> sum_of(const Indices& indices) const {
        std::vector<unsigned> sum;
        for (const auto index : indices) {
            sum.resize(std::max(sum.size(), against_[index].size()));
            for (std::size_t at = 0; at < against_[index].size(); ++at)
                sum[at] += against_[index][at];
        }
        return sum;
    }

    [[nodiscard]] std::optional<Indices> places_for_equal_parts() const {
        Indices roomy;
        std::map<unsigned, Indices> by_package;
        for (std::size_t index = 0; index < places_.size(); ++index)
            if (places_[index].room >= largest_) {
                roomy.push_back(index);
                by_package[places_[index].package].push_back(index);
            }
        std::optional<Indices> best;
        for (const auto& [package, indices] : by_package)
            if (const auto chosen = best_of(indices); chosen && (!best || sum_of(*chosen) < sum_of(*best)))
                best = chosen;
        return best && count_ > 1 ? best : best_of(roomy);
    }

    /// Fills the places with the most room; starts with the smallest of them, so that the larger ones take
    /// the rest.
    [[nodiscard]] std::vector<unsigned> fill_up() const {
        Indices indices(places_.size());
        std::iota(indices.begin(), indices.end(), std::size_t{0});
        std::stable_sort(indices.begin(), indices.end(), [&](std::size_t left, std::size_t right) {
            return places_[left].room != places_[right].room ? places_[left].room > places_[right].room
                                                             : against_[left] < against_[right];
        });
        std::vector<unsigned> shares(places_.size());
        unsigned left = need_;
        for (auto remaining = parts(); remaining > 0; --remaining) {
            const auto index = indices[remaining - 1];
            shares[index] = std::min(places_[index].room, left / remaining);
            left -= shares[index];
        }
        return shares;
    }

    unsigned need_;
    const std::vector<Place>& places_;
    std::size_t count_ = 0; // the fewest places that together have enough room
    unsigned largest_ = 0;  // the largest of the equal parts
    std::vector<std::vector<unsigned>> against_;
};
} // namespace

std::vector<unsigned> share_out(unsigned need, const std::vector<Place>& places, const Drawbacks& drawbacks) {
    return Sharing(need, places, drawbacks).share();
}

} // namespace hostlease
