#include "advice/report/latency.hpp"

#include "core/parse.hpp"
#include "text/json.hpp"

#include <cmath>
#include <optional>

namespace hostlease {

namespace {
std::optional<std::uint64_t> count_at(const Value& table, std::string_view key) {
    const auto number = number_at(&table, key);
    if (!number || *number < 0 || *number > 1e18) return std::nullopt;
    return static_cast<std::uint64_t>(*number);
}

/// Reads {"12": 3, ...}. Returns false if the histogram is missing or looks different.
bool read_histogram(const Value& thread, std::map<unsigned, std::uint64_t>& counts) {
    const Value* histogram = thread.find("histogram");
    const auto* table = histogram == nullptr ? nullptr : std::get_if<ValueTable>(&histogram->value);
    if (table == nullptr) return false;
    for (const auto& entry : *table) {
        const auto bucket = parse_integer<unsigned>(entry.key);
        const auto count = count_at(*histogram, entry.key);
        if (!bucket || !count) return false;
        if (*count != 0) counts[*bucket] = *count;
    }
    return true;
}

/// Reads the part of the output that all tools of rt-tests have in common. Calls take(thread, latencies) for
/// each thread; it returns false if the thread lacks a value of this tool.
template <typename Take>
tl::expected<LatenciesOfCpus, std::string> read_threads(std::string_view json, const std::string& tool,
                                                        unsigned limit, Take take) {
    const auto root = parse_json(json, tool);
    if (!root) return tl::unexpected("its output is not valid JSON (" + root.error().position.text() + ")");
    const Value* threads = root->find("thread");
    const auto* table = threads == nullptr ? nullptr : std::get_if<ValueTable>(&threads->value);
    if (table == nullptr) return tl::unexpected(std::string("its output lists no threads"));
    LatenciesOfCpus result;
    for (const auto& entry : *table) {
        const auto cpu = count_at(entry.node, "cpu");
        const auto longest = number_at(&entry.node, "max");
        Latencies latencies;
        latencies.limit = limit;
        if (!cpu || !longest || !read_histogram(entry.node, latencies.counts) || !take(entry.node, latencies))
            return tl::unexpected("its output for thread " + entry.key + " is not in a known format");
        latencies.longest = *longest;
        result[static_cast<unsigned>(*cpu)] = std::move(latencies);
    }
    return result;
}

/// Corrects the buckets of oslat in rt-tests 2.6, whose names are too large by one. The error is present if
/// the smallest bucket is the minimum plus one.
void put_right(const Value& thread, Latencies& latencies) {
    const auto least = number_at(&thread, "min");
    if (!least || latencies.counts.empty() ||
        latencies.counts.begin()->first != static_cast<unsigned>(*least) + 1)
        return;
    std::map<unsigned, std::uint64_t> counts;
    for (const auto& [bucket, count] : latencies.counts)
        counts[bucket - 1] = count;
    latencies.counts = std::move(counts);
    --latencies.limit;
}
} // namespace

std::uint64_t Latencies::total() const {
    std::uint64_t sum = above;
    for (const auto& [bucket, count] : counts)
        sum += count;
    return sum;
}

Quantile quantile(const Latencies& latencies, double share) {
    const double wanted = share * static_cast<double>(latencies.total());
    double seen = 0;
    for (const auto& [bucket, count] : latencies.counts) {
        seen += static_cast<double>(count);
        if (seen >= wanted) return {static_cast<double>(bucket), false};
    }
    return {static_cast<double>(latencies.limit), true};
}

Latencies gaps_of(const Latencies& loop) {
    Latencies gaps = loop;
    if (!gaps.counts.empty()) gaps.counts.erase(gaps.counts.begin());
    if (gaps.total() == 0) gaps.longest = 0;
    return gaps;
}

tl::expected<LatenciesOfCpus, std::string> read_oslat(std::string_view json, unsigned buckets) {
    return read_threads(json, "oslat", buckets, [&](const Value& thread, Latencies& latencies) {
        const auto seconds = number_at(&thread, "duration");
        if (const auto last = latencies.counts.find(buckets); last != latencies.counts.end()) {
            latencies.above = last->second;
            latencies.counts.erase(last);
        }
        latencies.seconds = seconds.value_or(0);
        put_right(thread, latencies);
        return seconds.has_value();
    });
}

tl::expected<LatenciesOfCpus, std::string> read_cyclictest(std::string_view json, unsigned buckets) {
    return read_threads(json, "cyclictest", buckets, [](const Value& thread, Latencies& latencies) {
        const auto cycles = count_at(thread, "cycles");
        const auto counted = latencies.total();
        if (cycles && *cycles > counted) latencies.above = *cycles - counted;
        return cycles.has_value();
    });
}

} // namespace hostlease
