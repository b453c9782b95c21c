// The results of oslat and cyclictest (rt-tests), read from their JSON.
#pragma once

#include "core/known.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace hostlease {

/// Latencies on one CPU, in microseconds.
struct Latencies {
    std::map<unsigned, std::uint64_t> counts; // by microseconds, the tool's names of its buckets
    std::uint64_t above = 0;                  // the number that took `limit` or longer
    unsigned limit = 0;
    double longest = 0;
    double seconds = 0; // duration of the measurement; 0: not known
    bool operator==(const Latencies&) const = default;

    [[nodiscard]] std::uint64_t total() const;
};

/// A quantile. If it lies beyond the buckets, `is_at_least` is true and the value is the limit of the
/// buckets.
struct Quantile {
    double microseconds = 0;
    bool is_at_least = false;
    bool operator==(const Quantile&) const = default;
};

/// The smallest bucket that, with all buckets below, holds this share of all latencies. `share` is 0 to 1;
/// total() must not be 0.
Quantile quantile(const Latencies& latencies, double share);

/// The interruptions of a busy loop: all iterations except those in the smallest bucket, which contains the
/// iterations that nothing interrupted. Without interruptions, `longest` is 0.
Latencies gaps_of(const Latencies& loop);

using LatenciesOfCpus = std::map<unsigned, Latencies>;

/// Reads the output of `oslat --json` with this number of buckets; the last bucket holds everything longer.
/// The error names the problem. Source: rt-tests 2.4 and 2.6, src/oslat/oslat.c, write_summary_json.
tl::expected<LatenciesOfCpus, std::string> read_oslat(std::string_view json, unsigned buckets);

/// Reads the output of `cyclictest --histogram=N --json`; longer latencies are in no bucket. Source: rt-tests
/// 2.4 and 2.6, src/cyclictest/cyclictest.c, write_stats.
tl::expected<LatenciesOfCpus, std::string> read_cyclictest(std::string_view json, unsigned buckets);

} // namespace hostlease
