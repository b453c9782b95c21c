#include "advice/report/block_histogram.hpp"

#include "advice/report/figures.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;

namespace {
using Bins = std::vector<LatencyBin>;

void put_histogram(DomainSample& sample, const std::string& type, const Bins& bins) {
    const std::string prefix = "block.0.latency_histogram." + type + ".bin.";
    sample.numbers[prefix + "count"] = bins.size();
    for (std::size_t index = 0; index < bins.size(); ++index) {
        sample.numbers[prefix + std::to_string(index) + ".start"] = bins[index].start;
        sample.numbers[prefix + std::to_string(index) + ".value"] = bins[index].requests;
    }
}

DomainSample disk(std::int64_t second, const Bins& reads) {
    DomainSample sample{std::chrono::seconds(second),
                        {{"block.count", 1}, {"block.0.rd.reqs", 5}},
                        {{"block.0.name", "vda"}}};
    if (!reads.empty()) put_histogram(sample, "read", reads);
    return sample;
}

/// nullptr if the figure does not exist.
const Figure* find(const std::vector<Figure>& figures, std::string_view name) {
    const auto found = std::find_if(figures.begin(), figures.end(),
                                    [&](const Figure& figure) { return figure.name() == name; });
    return found == figures.end() ? nullptr : &*found;
}
} // namespace

TEST_CASE("histogram: libvirt's data are read only if they are complete") {
    const Bins bins{{0, 1}, {1'000'000, 2}, {10'000'000, 0}};
    const auto read = [](DomainSample sample) {
        return latency_bins(sample, "block.0.latency_histogram.read.");
    };
    CHECK(read(disk(1, bins)) == bins);
    CHECK(read(disk(1, {})).empty());
    for (const std::string missing : {"1.start", "2.value"}) {
        auto sample = disk(1, bins);
        sample.numbers.erase("block.0.latency_histogram.read.bin." + missing);
        CHECK(read(sample).empty());
    }
    CHECK(read(disk(1, {{0, 1}, {5, 1}, {5, 1}})).empty());
    auto sample = disk(1, bins);
    sample.numbers["block.0.latency_histogram.read.bin.count"] = ~0ULL;
    CHECK(read(sample).empty());
}

TEST_CASE("histogram: only requests between the two samples count") {
    CHECK(latency_growth({{0, 1}, {5, 9}}, {{0, 4}, {5, 9}}) == Bins{{0, 3}, {5, 0}});
    CHECK(latency_growth({{0, 1}, {5, 9}}, {{0, 1}, {5, 8}}).empty()); // the counters were restarted
    CHECK(latency_growth({{0, 1}, {5, 9}}, {{0, 4}, {6, 9}}).empty()); // different bins
    CHECK(latency_growth({{0, 1}}, {{0, 4}, {6, 9}}).empty());
}

TEST_CASE("histogram: the end of the bin that a share of the requests reaches") {
    const Bins bins{{0, 50}, {10, 49}, {100, 1}, {1000, 0}};
    CHECK(latency_bound(bins, 0.5) == LatencyBound{10, false});
    CHECK(latency_bound(bins, 0.51) == LatencyBound{100, false});
    CHECK(latency_bound(bins, 0.99) == LatencyBound{100, false});
    CHECK(latency_bound(bins, 0.995) == LatencyBound{1000, false});
    CHECK(latency_bound({{0, 1}, {10, 9}}, 0.5) == LatencyBound{10, true});
    CHECK(latency_bound({{0, 1}}, 0.5) == LatencyBound{0, true});
    CHECK(latency_bound({{0, 0}, {10, 1}, {20, 0}}, 0.01) == LatencyBound{20, false});
}

TEST_CASE("histogram: its figures in a report") {
    const auto figures = figures_of(disk(1, {{0, 5}, {1'000'000, 0}, {20'000'000, 3}}),
                                    disk(3, {{0, 7}, {1'000'000, 97}, {20'000'000, 4}}));
    const Figure* median = find(figures, "block.vda.read_p50");
    REQUIRE(median != nullptr);
    CHECK(median->value == 20);
    CHECK_FALSE(median->is_at_least);
    CHECK(find(figures, "block.vda.read_p99")->value == 20);
    CHECK(find(figures, "block.vda.write_p50") == nullptr);
    CHECK(find(figures, "block.vda.flush_p99") == nullptr);
    const auto slow = figures_of(disk(1, {{0, 0}, {20'000'000, 0}}), disk(3, {{0, 0}, {20'000'000, 1}}));
    CHECK(find(slow, "block.vda.read_p99")->value == 20);
    CHECK(find(slow, "block.vda.read_p99")->is_at_least);
}

TEST_CASE("histogram: no figure is invented") {
    CHECK(find(figures_of(disk(1, {}), disk(3, {})), "block.vda.read_p50") == nullptr);
    const auto absent = [](const Bins& first, const Bins& second) {
        const auto figures = figures_of(disk(1, first), disk(3, second));
        const Figure* figure = find(figures, "block.vda.read_p50");
        REQUIRE(figure != nullptr);
        CHECK_FALSE(figure->value);
        return figure->absent;
    };
    CHECK(absent({{0, 5}, {9, 5}}, {{0, 5}, {9, 5}}) == "no such requests occurred");
    CHECK(absent({{0, 5}, {9, 5}}, {{0, 1}, {9, 5}}) == "its histogram restarted");
    CHECK(absent({}, {{0, 1}, {9, 5}}) == "its histogram restarted");
}
