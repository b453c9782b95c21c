#include "host/topology.hpp"

#include "core/parse.hpp"
#include "host/core_kinds.hpp"
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

/// Source: hwloc 2.9, doc of CPU kinds, CoreType and FrequencyMaxMHz.
std::vector<CoreGroup> read_groups(const Hwloc& hwloc, hwloc_topology_t topology) {
    const int count = hwloc.cpukinds_get_nr(topology, 0);
    const std::unique_ptr<hwloc_bitmap_s, decltype(hwloc.bitmap_free)> cpus(hwloc.bitmap_alloc(),
                                                                            hwloc.bitmap_free);
    std::vector<CoreGroup> groups;
    for (int index = 0; index < count; ++index) {
        CoreGroup group;
        unsigned info_count = 0;
        hwloc_info_s* infos = nullptr;
        if (hwloc.cpukinds_get_info(topology, static_cast<unsigned>(index), cpus.get(), &group.efficiency,
                                    &info_count, &infos, 0) != 0)
            continue;
        group.cpus = members_of(hwloc, cpus.get());
        for (const auto& info : std::span(infos, info_count)) {
            if (std::string_view(info.name) == "CoreType") group.type = info.value;
            if (std::string_view(info.name) == "FrequencyMaxMHz")
                group.highest_mhz = parse_integer<std::uint64_t>(info.value).value_or(0);
        }
        groups.push_back(std::move(group));
    }
    return groups;
}

std::uint64_t size_of(const hwloc_obj* object) {
    const bool is_cache =
        object != nullptr && object->type >= HWLOC_OBJ_L1CACHE && object->type <= HWLOC_OBJ_L5CACHE;
    return is_cache && object->attr != nullptr ? object->attr->cache.size : 0;
}

/// What the core shares with others: the highest-level cache, if it is a third-level cache or several cores
/// share it; else the package.
const hwloc_obj* shared_by(const Hwloc& hwloc, const hwloc_obj* core) {
    const hwloc_obj* found = nullptr;
    const hwloc_obj* package = nullptr;
    for (const hwloc_obj* object = core->parent; object != nullptr; object = object->parent) {
        const bool is_cache = object->type >= HWLOC_OBJ_L1CACHE && object->type <= HWLOC_OBJ_L5CACHE;
        if (is_cache &&
            (object->type >= HWLOC_OBJ_L3CACHE || hwloc.bitmap_isequal(object->cpuset, core->cpuset) == 0))
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

/// Assigns the numbers 0, 1, ... in the order of the cores.
template <typename Key>
unsigned number_of(std::map<Key, unsigned>& numbers, const Key& key) {
    return numbers.emplace(key, static_cast<unsigned>(numbers.size())).first->second;
}
} // namespace

Result<HostTopology> read_topology(const std::string& root) {
    const auto* hwloc = Hwloc::open();
    if (hwloc == nullptr)
        return fail(ErrorKind::unsupported, "the host's cores are unknown: libhwloc is not installed; " +
                                                std::string(hwloc_packages));
    HwlocTopology source(*hwloc);
    if (auto status = source.load(root); !status)
        return tl::unexpected(std::move(status).error().context("the host's cores are unknown"));
    std::map<unsigned, const hwloc_obj*> by_cpu;
    source.each(HWLOC_OBJ_CORE, [&](const hwloc_obj* core) {
        if (const auto threads = members_of(*hwloc, core->cpuset); !threads.empty())
            by_cpu[threads.members().front()] = core;
    });
    HostTopology topology;
    std::map<const hwloc_obj*, unsigned> caches;
    for (const auto& [cpu, core] : by_cpu) {
        const auto threads = members_of(*hwloc, core->cpuset);
        const auto nodes = members_of(*hwloc, core->nodeset).members();
        topology.online |= threads;
        const auto* shared = shared_by(*hwloc, core);
        topology.cores.push_back({.threads = threads,
                                  .package = package_of(core),
                                  .node = nodes.empty() ? 0 : nodes.front(),
                                  .cache = number_of<const hwloc_obj*>(caches, shared),
                                  .kind = 0,
                                  .cache_size = size_of(shared)});
    }
    if (topology.cores.empty())
        return fail(ErrorKind::unsupported, "the host's cores are unknown: hwloc finds none");
    set_kinds(read_groups(*hwloc, source.get()), topology);
    return topology;
}

} // namespace hostlease
