#include "suggest/core_pool.hpp"

#include <algorithm>

namespace hostlease {

CorePool::CorePool(const HostTopology& topology, const PinningRequest& request)
    : topology_(topology), kept_(request.kept), housekeeping_(std::max(request.housekeeping_cores, 1U)) {
    CpuSet all;
    for (const auto& core : topology.cores) {
        all |= core.threads;
        if (!core.threads.intersects(request.taken)) free_.push_back(&core);
    }
    if (!all.empty()) first_ = all.members().front();
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
    return std::min(static_cast<unsigned>(usable(kind, threads).size()), free > housekeeping_ ? free - housekeeping_ : 0);
}

unsigned CorePool::most_vcpus(unsigned kind) const {
    const auto threads = topology_.threads_per_core(kind);
    return std::max(threads * most_cores(kind, threads), most_cores(kind, 1));
}

} // namespace hostlease
