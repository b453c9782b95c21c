#include "host/core_kinds.hpp"

#include <algorithm>
#include <map>

namespace hostlease {

namespace {
bool is_same_kind(const CoreGroup& fast, const CoreGroup& slow) {
    if (fast.efficiency < 0 || slow.efficiency < 0) return true;
    if (!fast.type.empty() || !slow.type.empty()) return fast.type == slow.type;
    return fast.highest_mhz > 0 && slow.highest_mhz * 10 > fast.highest_mhz * 8;
}

/// The CPUs of each kind of core, the fastest first.
std::vector<CpuSet> kinds_of(const std::vector<CoreGroup>& groups) {
    std::vector<CpuSet> kinds;
    for (const CoreGroup* fastest = nullptr; const auto& group : groups) {
        if (fastest == nullptr || !is_same_kind(*fastest, group)) {
            fastest = &group;
            kinds.emplace_back();
        }
        kinds.back() |= group.cpus;
    }
    return kinds;
}

unsigned kind_of(const std::vector<CpuSet>& kinds, const CpuSet& threads) {
    const auto found = std::find_if(kinds.begin(), kinds.end(),
                                    [&](const CpuSet& kind) { return kind.intersects(threads); });
    return found == kinds.end() ? 0 : static_cast<unsigned>(found - kinds.begin());
}

unsigned highest_mhz_of(const std::vector<CoreGroup>& groups, const CpuSet& threads) {
    std::uint64_t highest = 0;
    for (const auto& group : groups)
        if (group.cpus.intersects(threads)) highest = std::max(highest, group.highest_mhz);
    return static_cast<unsigned>(highest);
}
} // namespace

void set_kinds(std::vector<CoreGroup> groups, HostTopology& topology) {
    std::stable_sort(groups.begin(), groups.end(),
                     [](const auto& left, const auto& right) { return left.efficiency > right.efficiency; });
    const auto kinds = kinds_of(groups);
    std::map<unsigned, unsigned> in_use;
    for (auto& core : topology.cores) {
        core.kind = kind_of(kinds, core.threads);
        core.highest_mhz = highest_mhz_of(groups, core.threads);
        in_use[core.kind] = 0;
    }
    // ignore kinds whose cores are all offline
    for (unsigned next = 0; auto& [kind, number] : in_use)
        number = next++;
    for (auto& core : topology.cores)
        core.kind = in_use[core.kind];
}

} // namespace hostlease
