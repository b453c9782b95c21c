#include "map_view.hpp"

#include "knobs/parts/partitions.hpp"
#include "status_view.hpp"

#include <algorithm>
#include <array>

namespace hostlease {

namespace {
/// The leases that own a CPU, and those that share it with the host.
struct Users {
    std::vector<std::string> own;
    std::vector<std::string> guests;
};

std::map<unsigned, Users> users_of_cpus(const std::vector<Lease>& leases) {
    std::map<unsigned, Users> users;
    for (const auto& lease : leases) {
        if (lease.state == LeaseState::releasing) continue;
        CpuSet own = own_cpus(lease);
        if (lease.isolation == Isolation::partitioned) own |= partition_cpus(lease).helpers;
        for (const unsigned cpu : own.members())
            users[cpu].own.push_back(lease.domain);
        for (const unsigned cpu : (leased_cpus(lease).vcpus - own).members())
            users[cpu].guests.push_back(lease.domain);
    }
    return users;
}

CpuOwner owner_of(const Users& users) {
    if (users.own.empty() && users.guests.empty()) return {CpuOwner::Kind::housekeeping, "housekeeping", {}};
    if (users.own.size() == 1 && users.guests.empty()) return {CpuOwner::Kind::vm, users.own.front(), {}};
    std::string name = users.own.empty() ? "host" : "";
    for (const auto* list : {&users.own, &users.guests})
        for (const auto& one : *list)
            name += (name.empty() ? "" : ", ") + one;
    return {CpuOwner::Kind::shared, name, {}};
}

std::vector<CpuOwner> find_owners(const HostFacts& facts, const std::vector<Lease>& leases) {
    std::vector<CpuOwner> owners{{CpuOwner::Kind::housekeeping, "housekeeping", {}}};
    const auto add = [&](const CpuOwner& owner, unsigned cpu) {
        auto known = std::find_if(owners.begin(), owners.end(), [&](const CpuOwner& one) {
            return one.kind == owner.kind && one.name == owner.name;
        });
        if (known == owners.end()) known = owners.insert(owners.end(), owner);
        known->cpus.add(cpu);
    };
    const auto users = users_of_cpus(leases);
    for (const unsigned cpu : facts.online.members())
        add(users.contains(cpu) ? owner_of(users.at(cpu)) : owners.front(), cpu);
    for (const unsigned cpu : (facts.possible - facts.online).members())
        add({CpuOwner::Kind::offline, "offline", {}}, cpu);
    std::erase_if(owners, [](const CpuOwner& owner) { return owner.cpus.empty(); });
    return owners;
}

std::map<PoolId, PoolUse> find_pools(const HostFacts& facts, const std::vector<Lease>& leases) {
    std::map<PoolId, std::uint64_t> leased;
    for (const auto& lease : leases)
        for (const auto& promise : lease.promises)
            if (lease.has_open_promises()) leased[promise.pool] += promise.pages;
    std::map<PoolId, PoolUse> pools;
    for (const auto& pool : facts.pools) {
        if (pool.total == 0 && !leased.contains(pool.id)) continue;
        const auto ours = leased.contains(pool.id) ? std::min(leased.at(pool.id), pool.total) : 0;
        const auto used = pool.total - std::min(pool.total, pool.free);
        pools[pool.id] = {pool.total, ours, used > ours ? used - ours : 0};
    }
    return pools;
}
} // namespace

std::map<unsigned, std::size_t> MapView::owner_of_cpus() const {
    std::map<unsigned, std::size_t> places;
    for (std::size_t place = 0; place < owners.size(); ++place)
        for (const unsigned cpu : owners[place].cpus.members())
            places.emplace(cpu, place);
    return places;
}

MapView make_map(HostFacts facts, const std::vector<Lease>& leases) {
    MapView view;
    view.owners = find_owners(facts, leases);
    view.pools = find_pools(facts, leases);
    view.facts = std::move(facts);
    return view;
}

std::string colour_of(const MapView& view, std::size_t owner) {
    // distinguishable from each other and from the host's grey, with black text on them
    constexpr std::array palette{"#8dd3c7", "#fb8072", "#80b1d3", "#fdb462", "#b3de69", "#fccde5",
                                 "#bc80bd", "#ffed6f", "#a6cee3", "#b2df8a", "#fb9a99", "#cab2d6"};
    switch (view.owners[owner].kind) {
    case CpuOwner::Kind::housekeeping: return "#e0e0e0";
    case CpuOwner::Kind::offline: return "#808080";
    default: return palette[owner % palette.size()];
    }
}

} // namespace hostlease
