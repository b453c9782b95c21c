#include "placement/share_out.hpp"

#include <algorithm>
#include <bit>
#include <doctest/doctest.h>
#include <numeric>

using namespace hostlease;

namespace {
using Numbers = std::vector<unsigned>;

const Drawbacks no_drawbacks = [](std::size_t, unsigned) { return Numbers{}; };

/// Places in one package.
std::vector<Place> places(const Numbers& room) {
    std::vector<Place> list;
    for (const auto one : room)
        list.push_back({one, 0});
    return list;
}

Numbers deal(unsigned need, const Numbers& room) { return share_out(need, places(room), no_drawbacks); }

/// The fewest places with enough room, by trying all.
int fewest(unsigned need, const Numbers& room) {
    int best = static_cast<int>(room.size());
    for (unsigned chosen = 1; chosen < 1U << room.size(); ++chosen) {
        unsigned sum = 0;
        for (std::size_t place = 0; place < room.size(); ++place)
            if ((chosen >> place & 1U) != 0) sum += room[place];
        if (sum >= need) best = std::min(best, std::popcount(chosen));
    }
    return best;
}

/// The smallest possible difference between the largest and the smallest of this many parts.
unsigned least_difference(unsigned need, const Numbers& room, std::size_t parts) {
    Numbers sorted = room;
    std::sort(sorted.rbegin(), sorted.rend());
    sorted.resize(parts);
    for (unsigned difference = 0;; ++difference)
        for (unsigned smallest = 1; smallest <= sorted.back(); ++smallest) {
            unsigned least = 0;
            unsigned most = 0;
            for (const auto place : sorted) {
                least += smallest;
                most += std::min(place, smallest + difference);
            }
            if (least <= need && need <= most) return difference;
        }
}

template <typename Check>
void for_each_case(Check check) {
    for (unsigned code = 0; code < 6 * 6 * 6 * 6; ++code) {
        const Numbers room{code % 6, code / 6 % 6, code / 36 % 6, code / 216};
        const auto total = std::accumulate(room.begin(), room.end(), 0U);
        for (unsigned need = 1; need <= total; ++need)
            check(need, room);
    }
}
} // namespace

TEST_CASE("all is distributed, to as few places as possible, no place gets more than it has room for") {
    for_each_case([](unsigned need, const Numbers& room) {
        const auto shares = deal(need, room);
        bool fits = shares.size() == room.size();
        for (std::size_t place = 0; fits && place < room.size(); ++place)
            fits = shares[place] <= room[place];
        const auto used =
            std::count_if(shares.begin(), shares.end(), [](unsigned share) { return share > 0; });
        if (!fits || std::accumulate(shares.begin(), shares.end(), 0U) != need || used != fewest(need, room))
            FAIL_CHECK("need " << need << " of " << room[0] << " " << room[1] << " " << room[2] << " "
                               << room[3]);
    });
}

TEST_CASE("parts are as equal as the room of these places allows") {
    for_each_case([](unsigned need, const Numbers& room) {
        Numbers parts;
        for (const auto share : deal(need, room))
            if (share > 0) parts.push_back(share);
        const auto [least, most] = std::minmax_element(parts.begin(), parts.end());
        if (*most - *least != least_difference(need, room, parts.size()))
            FAIL_CHECK("need " << need << " of " << room[0] << " " << room[1] << " " << room[2] << " "
                               << room[3]);
    });
}

TEST_CASE(
    "the drawbacks of a place matter before the room that is left over there, and that before the order") {
    CHECK(deal(3, {4, 3, 3}) == Numbers{0, 3, 0});
    CHECK(share_out(3, places({4, 3, 3}), [](std::size_t place, unsigned) {
              return Numbers{place == 0 ? 0U : 1U};
          }) == Numbers{3, 0, 0});
    CHECK(share_out(6, places({4, 3, 3}), [](std::size_t place, unsigned) {
              return Numbers{0, place == 1 ? 1U : 0U};
          }) == Numbers{3, 0, 3});
}

TEST_CASE("places of one package are better than those of several, but not better than fewer ones, nor than "
          "equal parts") {
    const auto deal_in = [](unsigned need, const std::vector<Place>& list) {
        return share_out(need, list, no_drawbacks);
    };
    CHECK(deal_in(6, {{4, 0}, {3, 1}, {4, 1}}) == Numbers{0, 3, 3});
    CHECK(deal_in(3, {{4, 0}, {3, 1}, {4, 1}}) == Numbers{0, 3, 0});
    CHECK(deal_in(8, {{4, 0}, {3, 1}, {4, 1}, {3, 1}}) == Numbers{4, 0, 4, 0});
    CHECK(share_out(4, {{2, 0}, {2, 0}, {2, 1}, {2, 1}}, [](std::size_t place, unsigned) {
              return Numbers{place == 0 ? 1U : 0U};
          }) == Numbers{0, 0, 2, 2});
}
