#include "placement/housekeeping.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace hostlease {

namespace {
class Helpers {
  public:
    Helpers(const CorePool& pool, const CoreList& cores) : pool_(pool) {
        for (const auto* core : cores) {
            nodes_.add(core->node);
            caches_.insert(core->cache);
        }
        for (const auto* core : pool.free())
            if (std::find(cores.begin(), cores.end(), core) == cores.end()) list_.push_back(core);
        std::stable_sort(list_.begin(), list_.end(),
                         [&](const auto* left, const auto* right) { return rank(*left) < rank(*right); });
    }

    [[nodiscard]] bool is_near(const TopologyCore& core) const { return nodes_.contains(core.node); }

    /// The cores for all helpers. A single near core is enough for an emulator without I/O threads.
    [[nodiscard]] CoreList choose(bool has_iothreads) const {
        const auto near = static_cast<std::size_t>(
            std::count_if(list_.begin(), list_.end(), [&](const auto* core) { return is_near(*core); }));
        auto count = std::min<std::size_t>(pool_.housekeeping(), list_.size());
        if (near > 0 && !has_iothreads) count = std::min(count, near);
        return {list_.begin(), list_.begin() + static_cast<std::ptrdiff_t>(count)};
    }

    /// The chosen cores in the order of preference for I/O threads: CPU 0 has the kernel's own work.
    [[nodiscard]] CoreList for_iothreads(CoreList chosen) const {
        const auto want = [&](const TopologyCore& core) {
            return std::tuple(!is_near(core), pool_.is_first(core), !caches_.contains(core.cache));
        };
        std::stable_sort(chosen.begin(), chosen.end(),
                         [&](const auto* left, const auto* right) { return want(*left) < want(*right); });
        return chosen;
    }

  private:
    [[nodiscard]] std::tuple<bool, bool, bool, bool, unsigned> rank(const TopologyCore& core) const {
        return {pool_.is_exclusive(core), !is_near(core), !pool_.is_hosts(core),
                !caches_.contains(core.cache), ~core.kind};
    }

    const CorePool& pool_;
    NodeSet nodes_;
    std::set<unsigned> caches_;
    CoreList list_;
};
} // namespace

void place_helpers(const CorePool& pool, const CoreList& cores, unsigned iothreads, Pinning& pinning) {
    const Helpers helpers(pool, cores);
    const auto chosen = helpers.for_iothreads(helpers.choose(iothreads > 0));
    for (const auto* core : chosen) {
        const bool is_last = core == chosen.back();
        if (pinning.iothreads.count() < iothreads && (!is_last || pinning.iothreads.empty())) {
            pinning.iothreads |= core->threads;
            if (!is_last) continue;
        }
        pinning.emulator |= core->threads;
    }
    const auto far = std::count_if(chosen.begin(), chosen.end(),
                                   [&](const auto* core) { return !helpers.is_near(*core); });
    if (!chosen.empty() && !pinning.nodes.empty() && far == static_cast<std::ptrdiff_t>(chosen.size()))
        pinning.warnings.push_back(far_emulator_text(pinning));
}

std::string far_emulator_text(const Pinning& pinning) {
    return "no core of node " + to_list(pinning.nodes) +
           " is free for the emulator, which therefore runs on CPU " + to_list(pinning.emulator) +
           " of another node";
}

} // namespace hostlease
