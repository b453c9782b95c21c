#include "host/topology.hpp"

#include "core/parse.hpp"
#include "host/hwloc.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <span>

namespace hostlease {

namespace {
CpuSet members_of(const Hwloc& hwloc, hwloc_const_bitmap_t bitmap) {
    CpuSet set;
    if (bitmap == nullptr) return set;
    for (int cpu = hwloc.bitmap_next(bitmap, -1); cpu >= 0; cpu = hwloc.bitmap_next(bitmap, cpu))
        set.add(static_cast<unsigned>(cpu));
    return set;
}

/// What hwloc tells apart: CPUs of different types, but also those of one type that may run a little faster than the others.
struct CpuGroup {
    CpuSet cpus;
    int efficiency = -1;           // hwloc's word for what is faster and takes more power; -1 where it cannot tell
    std::string type;              // "IntelCore"; "" where the kernel tells none
    std::uint64_t highest_mhz = 0; // 0 when not known
};

/// Source: hwloc 2.9, doc of CPU kinds, CoreType and FrequencyMaxMHz.
std::vector<CpuGroup> read_groups(const Hwloc& hwloc, hwloc_topology_t topology) {
    const int count = hwloc.cpukinds_get_nr(topology, 0);
    const std::unique_ptr<hwloc_bitmap_s, decltype(hwloc.bitmap_free)> cpus(hwloc.bitmap_alloc(), hwloc.bitmap_free);
    std::vector<CpuGroup> groups;
    for (int index = 0; index < count; ++index) {
        CpuGroup group;
        unsigned info_count = 0;
        hwloc_info_s* infos = nullptr;
        if (hwloc.cpukinds_get_info(topology, static_cast<unsigned>(index), cpus.get(), &group.efficiency, &info_count, &infos,
                                    0) != 0)
            continue;
        group.cpus = members_of(hwloc, cpus.get());
        for (const auto& info : std::span(infos, info_count)) {
            if (std::string_view(info.name) == "CoreType") group.type = info.value;
            if (std::string_view(info.name) == "FrequencyMaxMHz")
                group.highest_mhz = parse_integer<std::uint64_t>(info.value).value_or(0);
        }
        groups.push_back(std::move(group));
    }
    std::stable_sort(groups.begin(), groups.end(),
                     [](const auto& left, const auto& right) { return left.efficiency > right.efficiency; });
    return groups;
}

/// Cores that a processor's maker favours run a few percent faster, and are no kind of their own; dense ones of AMD run at two thirds.
bool is_same_kind(const CpuGroup& fast, const CpuGroup& slow) {
    if (fast.efficiency < 0 || slow.efficiency < 0) return true;
    if (!fast.type.empty() || !slow.type.empty()) return fast.type == slow.type;
    return fast.highest_mhz > 0 && slow.highest_mhz * 10 > fast.highest_mhz * 8;
}

/// The CPUs of each kind of core, the fastest first.
std::vector<CpuSet> kinds_of(const std::vector<CpuGroup>& groups) {
    std::vector<CpuSet> kinds;
    for (const CpuGroup* fastest = nullptr; const auto& group : groups) {
        if (fastest == nullptr || !is_same_kind(*fastest, group)) {
            fastest = &group;
            kinds.emplace_back();
        }
        kinds.back() |= group.cpus;
    }
    return kinds;
}

unsigned kind_of(const std::vector<CpuSet>& kinds, const CpuSet& threads) {
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const CpuSet& kind) { return kind.intersects(threads); });
    return found == kinds.end() ? 0 : static_cast<unsigned>(found - kinds.begin());
}

unsigned highest_mhz_of(const std::vector<CpuGroup>& groups, const CpuSet& threads) {
    std::uint64_t highest = 0;
    for (const auto& group : groups)
        if (group.cpus.intersects(threads)) highest = std::max(highest, group.highest_mhz);
    return static_cast<unsigned>(highest);
}

std::uint64_t size_of(const hwloc_obj* object) {
    const bool is_cache = object != nullptr && object->type >= HWLOC_OBJ_L1CACHE && object->type <= HWLOC_OBJ_L5CACHE;
    return is_cache && object->attr != nullptr ? object->attr->cache.size : 0;
}

/// What the core shares with others: the cache of the highest level, where that is a third one or belongs to several cores; else the package.
const hwloc_obj* shared_by(const Hwloc& hwloc, const hwloc_obj* core) {
    const hwloc_obj* found = nullptr;
    const hwloc_obj* package = nullptr;
    for (const hwloc_obj* object = core->parent; object != nullptr; object = object->parent) {
        const bool is_cache = object->type >= HWLOC_OBJ_L1CACHE && object->type <= HWLOC_OBJ_L5CACHE;
        if (is_cache && (object->type >= HWLOC_OBJ_L3CACHE || hwloc.bitmap_isequal(object->cpuset, core->cpuset) == 0))
            found = object;
        if (object->type == HWLOC_OBJ_PACKAGE) package = object;
    }
    return found == nullptr ? package : found;
}

unsigned package_of(const hwloc_obj* core) {
    for (const hwloc_obj* object = core->parent; object != nullptr; object = object->parent)
        if (object->type == HWLOC_OBJ_PACKAGE)
            return object->os_index == HWLOC_UNKNOWN_INDEX ? object->logical_index : object->os_index;
    return 0;
}

/// Numbers 0, 1, ... in the order in which the cores come to them.
template <typename Key>
unsigned number_of(std::map<Key, unsigned>& numbers, const Key& key) {
    return numbers.emplace(key, static_cast<unsigned>(numbers.size())).first->second;
}
} // namespace

Result<HostTopology> read_topology(const std::string& root) {
    const auto* hwloc = Hwloc::open();
    if (hwloc == nullptr)
        return fail(ErrorKind::unsupported,
                    "the host's cores are not known: libhwloc is not there; " + std::string(hwloc_packages));
    HwlocTopology source(*hwloc);
    if (auto status = source.load(root); !status)
        return tl::unexpected(std::move(status).error().context("the host's cores are not known"));
    const auto groups = read_groups(*hwloc, source.get());
    const auto kinds = kinds_of(groups);
    std::map<unsigned, const hwloc_obj*> by_cpu;
    source.each(HWLOC_OBJ_CORE, [&](const hwloc_obj* core) {
        if (const auto threads = members_of(*hwloc, core->cpuset); !threads.empty()) by_cpu[threads.members().front()] = core;
    });
    HostTopology topology;
    std::map<const hwloc_obj*, unsigned> caches;
    std::map<unsigned, unsigned> kinds_in_use;
    for (const auto& [cpu, core] : by_cpu) {
        const auto threads = members_of(*hwloc, core->cpuset);
        const auto nodes = members_of(*hwloc, core->nodeset).members();
        topology.online |= threads;
        kinds_in_use[kind_of(kinds, threads)] = 0;
        const auto* shared = shared_by(*hwloc, core);
        topology.cores.push_back({.threads = threads,
                                  .package = package_of(core),
                                  .node = nodes.empty() ? 0 : nodes.front(),
                                  .cache = number_of<const hwloc_obj*>(caches, shared),
                                  .kind = kind_of(kinds, threads),
                                  .cache_size = size_of(shared),
                                  .highest_mhz = highest_mhz_of(groups, threads)});
    }
    if (topology.cores.empty()) return fail(ErrorKind::unsupported, "the host's cores are not known: hwloc finds none");
    // kinds whose cores are all offline are no kinds
    for (unsigned next = 0; auto& [kind, number] : kinds_in_use)
        number = next++;
    for (auto& core : topology.cores)
        core.kind = kinds_in_use[core.kind];
    return topology;
}

} // namespace hostlease
