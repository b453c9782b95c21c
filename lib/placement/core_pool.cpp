#include "placement/core_pool.hpp"

#include <algorithm>
#include <map>

namespace hostlease {

CorePool::CorePool(const HostTopology& topology, const PinningRequest& request)
    : topology_(topology), kept_(request.kept), exclusive_(request.exclusive) {
    CpuSet all;
    for (const auto& core : topology.cores) {
        all |= core.threads;
        if (core.threads.intersects(request.closed))
            ++closed_;
        else if (!core.threads.intersects(request.taken))
            free_.push_back(&core);
    }
    const unsigned wanted = std::max(request.housekeeping_cores, 1U);
    // closed cores stay with the host; the emulator needs another one
    housekeeping_ = wanted > closed_ ? wanted - closed_ : 1;
    if (!all.empty()) first_ = all.members().front();
    rank_caches(request.prefer);
}

CoreList CorePool::usable(unsigned kind, unsigned threads) const {
    CoreList list;
    std::copy_if(free_.begin(), free_.end(), std::back_inserter(list), [&](const TopologyCore* core) {
        return core->kind == kind && !is_hosts(*core) && core->threads.count() >= threads;
    });
    return list;
}

unsigned CorePool::most_cores(unsigned kind, unsigned threads) const {
    const auto free = static_cast<unsigned>(free_.size());
    return std::min(static_cast<unsigned>(usable(kind, threads).size()),
                    free > housekeeping_ ? free - housekeeping_ : 0);
}

unsigned CorePool::most_vcpus(unsigned kind) const {
    const auto threads = topology_.threads_per_core(kind);
    return std::max(threads * most_cores(kind, threads), most_cores(kind, 1));
}

void CorePool::rank_caches(CorePreference prefer) {
    using Worth = std::pair<std::uint64_t, unsigned>; // the second value decides if the first ones are equal
    std::map<Cache, Worth> worth;
    for (const auto& core : topology_.cores) {
        auto& known = worth[{core.kind, core.cache}];
        known =
            std::max(known, prefer == CorePreference::frequency ? Worth{core.highest_mhz, core.highest_perf}
                                                                : Worth{core.cache_size, 0});
    }
    std::map<unsigned, std::vector<Worth>> sorted; // by kind
    for (const auto& [cache, value] : worth)
        sorted[cache.first].push_back(value);
    for (auto& [kind, values] : sorted)
        std::sort(values.begin(), values.end());
    for (const auto& [cache, value] : worth) {
        const auto& values = sorted[cache.first];
        better_[cache] =
            static_cast<unsigned>(values.end() - std::upper_bound(values.begin(), values.end(), value));
    }
}

} // namespace hostlease
