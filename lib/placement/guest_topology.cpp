#include "placement/guest_topology.hpp"

#include <algorithm>
#include <set>

namespace hostlease {

namespace {
constexpr unsigned most_sockets = 2; // the number that desktop Windows uses

/// The number of equal runs in the list if no value occurs in two runs; else 1.
template <typename Value>
unsigned equal_runs(const CoreList& cores, Value value_of) {
    std::vector<std::size_t> runs;
    std::set<decltype(value_of(*cores.front()))> seen;
    for (std::size_t index = 0; index < cores.size(); ++index) {
        const auto value = value_of(*cores[index]);
        if (index == 0 || value != value_of(*cores[index - 1])) {
            if (!seen.insert(value).second) return 1;
            runs.push_back(0);
        }
        ++runs.back();
    }
    const bool is_even = std::adjacent_find(runs.begin(), runs.end(), std::not_equal_to<>()) == runs.end();
    return is_even ? static_cast<unsigned>(runs.size()) : 1;
}
} // namespace

void shape_guest(const CoreList& cores, unsigned threads, std::size_t cells, Pinning& pinning) {
    const auto count = static_cast<unsigned>(cores.size());
    const bool has_cells = cells > 1;
    if (has_cells) pinning.sockets = equal_runs(cores, [](const TopologyCore& core) { return core.package; });
    if (pinning.sockets > most_sockets) pinning.sockets = 1;
    // the guest's kernel would not recognize a cache that several cells share
    const auto caches = equal_runs(
        cores, [&](const TopologyCore& core) { return std::pair(has_cells ? core.node : 0, core.cache); });
    // a die with a single core has no meaning
    if (caches % pinning.sockets == 0 && caches < count) pinning.dies = caches / pinning.sockets;
    pinning.cores = count / pinning.sockets / pinning.dies;
    pinning.threads = threads;
}

} // namespace hostlease
