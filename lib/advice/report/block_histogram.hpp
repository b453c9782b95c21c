// QEMU's latency histograms of a disk, from libvirt's statistics.
#pragma once

#include "advice/report/sample.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hostlease {

/// Requests that took at least `start` nanoseconds and less than the next bin's start. The last bin has no
/// upper end.
struct LatencyBin {
    std::uint64_t start = 0;
    std::uint64_t requests = 0;
    bool operator==(const LatencyBin&) const = default;
};

/// The histogram of one kind of request, by ascending start; empty if libvirt provides no complete histogram,
/// for example because the domain's XML does not ask for it. `prefix` is "block.0.latency_histogram.read.".
/// Sources: VIR_DOMAIN_STATS_BLOCK, latency_histogram.TYPE.bin.N.start and .value (libvirt 12.1);
/// block-latency-histogram-set, qapi/block-core.json: nanoseconds (QEMU 4.0 to 10.0).
std::vector<LatencyBin> latency_bins(const DomainSample& sample, const std::string& prefix);

/// The requests between two histograms; empty if the bins differ or a bin has fewer requests than before,
/// because the histogram was reset.
std::vector<LatencyBin> latency_growth(const std::vector<LatencyBin>& first,
                                       const std::vector<LatencyBin>& second);

struct LatencyBound {
    std::uint64_t nanoseconds = 0;
    bool is_at_least = false; // the latency is in the last bin, so only this lower bound is known
    bool operator==(const LatencyBound&) const = default;
};

/// The upper end of the first bin within which this share of the requests (such as 0.99) is done. At least
/// one bin must have requests.
LatencyBound latency_bound(const std::vector<LatencyBin>& bins, double share);

} // namespace hostlease
