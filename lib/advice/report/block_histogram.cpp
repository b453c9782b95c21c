#include "advice/report/block_histogram.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace hostlease {

namespace {
constexpr std::uint64_t most_bins = 1024;

std::uint64_t requests_of(const std::vector<LatencyBin>& bins) {
    return std::accumulate(bins.begin(), bins.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const LatencyBin& bin) { return sum + bin.requests; });
}
} // namespace

std::vector<LatencyBin> latency_bins(const DomainSample& sample, const std::string& prefix) {
    const auto count = sample.number(prefix + "bin.count").value_or(0);
    if (count > most_bins) return {};
    std::vector<LatencyBin> bins;
    for (std::uint64_t index = 0; index < count; ++index) {
        const std::string name = prefix + "bin." + std::to_string(index) + ".";
        const auto start = sample.number(name + "start");
        const auto requests = sample.number(name + "value");
        if (!start || !requests || (!bins.empty() && *start <= bins.back().start)) return {};
        bins.push_back({*start, *requests});
    }
    return bins;
}

std::vector<LatencyBin> latency_growth(const std::vector<LatencyBin>& first,
                                       const std::vector<LatencyBin>& second) {
    if (first.size() != second.size()) return {};
    std::vector<LatencyBin> growth;
    for (std::size_t index = 0; index < second.size(); ++index) {
        if (first[index].start != second[index].start || first[index].requests > second[index].requests)
            return {};
        growth.push_back({second[index].start, second[index].requests - first[index].requests});
    }
    return growth;
}

LatencyBound latency_bound(const std::vector<LatencyBin>& bins, double share) {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(requests_of(bins))));
    std::uint64_t passed = 0;
    for (std::size_t index = 0; index + 1 < bins.size(); ++index) {
        passed += bins[index].requests;
        if (passed >= std::max<std::uint64_t>(wanted, 1)) return {bins[index + 1].start, false};
    }
    return {bins.empty() ? 0 : bins.back().start, true};
}

} // namespace hostlease
