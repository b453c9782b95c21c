// What oslat and cyclictest of rt-tests found, out of their JSON.
#pragma once

#include "core/known.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace hostlease {

/// How long something took, in microseconds, on one CPU.
struct Latencies {
    std::map<unsigned, std::uint64_t> counts; // by microseconds, as the tool names its buckets
    std::uint64_t above = 0;                  // took `limit` or longer, no bucket says how long
    unsigned limit = 0;
    double longest = 0;
    double seconds = 0; // it was measured for; 0 where the tool does not tell
    bool operator==(const Latencies&) const = default;

    [[nodiscard]] std::uint64_t total() const;
};

/// A quantile; `is_at_least` when it lies beyond the buckets, and is their limit.
struct Quantile {
    double microseconds = 0;
    bool is_at_least = false;
    bool operator==(const Quantile&) const = default;
};

/// The smallest bucket that this share of all is in or below; `share` is 0 to 1, and there must be one at all.
Quantile quantile(const Latencies& latencies, double share);

/// Of a busy loop, only the turns that took longer than its own time: what held the loop up.
Latencies gaps_of(const Latencies& loop);

using LatenciesOfCpus = std::map<unsigned, Latencies>;

/// Reads what `oslat --json` wrote, of as many buckets: the last one has all that took longer. Fails with what is wrong with it. Source: rt-tests 2.4
/// and 2.6, src/oslat/oslat.c, write_summary_json.
tl::expected<LatenciesOfCpus, std::string> read_oslat(std::string_view json, unsigned buckets);

/// Reads what `cyclictest --histogram=N --json` wrote: what took longer is in none of its buckets. Source: rt-tests 2.4 and 2.6,
/// src/cyclictest/cyclictest.c, write_stats.
tl::expected<LatenciesOfCpus, std::string> read_cyclictest(std::string_view json, unsigned buckets);

} // namespace hostlease
