#include "plan/wishes.hpp"

#include "core/parse.hpp"
#include "knobs/parts/combine.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace hostlease {

Combined Wish::wanted(std::string_view baseline) const {
    const CombineFunction rule = knob->rule(target);
    const auto [combined, is_new] = shared->known.try_emplace({rule, std::string(baseline)});
    if (!is_new) return combined->second;
    std::vector<std::string> values;
    values.reserve(claims.size());
    for (const Claim* claim : claims)
        values.push_back(claim->value);
    return combined->second = rule(baseline, values);
}

bool Wish::is_served(const KnobRecord& record, std::string_view found) const {
    const bool is_ours = found == record.wrote || found == record.intended;
    return knob->serves != nullptr && !is_ours && knob->serves(found, wanted({}).value);
}

namespace {
bool has_online(const CpuSet& cpus, const CpuRoom& room) {
    return room.online.empty() || cpus.intersects(room.online);
}

/// The value without CPUs that are not available now; `value` unchanged if no online CPU would be left.
std::string in_room(const Knob& knob, std::string value, const CpuRoom& room) {
    const auto cpus = parse_cpu_list(without_mark(value));
    if (knob.form != KnobForm::unit_cpus || !cpus || !cpus->intersects(room.taken)) return value;
    const CpuSet rest = *cpus - room.taken;
    return has_online(rest, room) ? to_list(rest) : value;
}

std::int64_t order_of(const Claim& claim, const Lease& lease) {
    return claim.order == 0 ? lease.order : claim.order;
}

/// The oldest claim first: a claim that was changed while its VM ran is as old as the change.
void sort_by_age(Wish::Shared& asked) {
    if (std::none_of(asked.claims.begin(), asked.claims.end(),
                     [](const Claim* claim) { return claim->order != 0; }))
        return;
    std::vector<std::size_t> places(asked.claims.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::stable_sort(places.begin(), places.end(), [&](std::size_t left, std::size_t right) {
        return order_of(*asked.claims[left], *asked.holders[left]) <
               order_of(*asked.claims[right], *asked.holders[right]);
    });
    const Wish::Shared before = asked;
    for (std::size_t index = 0; index < places.size(); ++index) {
        asked.claims[index] = before.claims[places[index]];
        asked.holders[index] = before.holders[places[index]];
    }
}
} // namespace

Combined wanted_now(const Knob& knob, const Wish* wish, std::string_view baseline, const CpuRoom& room) {
    Combined wanted =
        wish == nullptr ? Combined{std::string(baseline), Agreement::full} : wish->wanted(baseline);
    if (!knob.leaves_cpus) return wanted;
    const auto is_usable = [&](const std::string& list) {
        return has_online(parse_cpu_list(list).value_or(CpuSet{}), room);
    };
    if (wish != nullptr && !is_usable(wanted.value)) wanted.value = wish->wanted({}).value;
    if (wish != nullptr && !is_usable(wanted.value)) wanted.value = baseline;
    wanted.value = in_room(knob, std::move(wanted.value), room);
    return wanted;
}

std::vector<Wish> collect_wishes(std::span<const Lease> leases, KnobFilter among, const Lease* last) {
    const auto knobs = all_knobs();
    const auto rank = [&](const Knob* knob) {
        return std::find(knobs.begin(), knobs.end(), knob) - knobs.begin();
    };
    std::map<std::pair<std::ptrdiff_t, std::string>, Wish> wishes;
    const auto add = [&](const Lease& lease) {
        if (lease.state < LeaseState::prepared) return; // its pages are not complete yet
        for (const auto& claim : lease.claims) {
            const Knob* knob = find_knob(claim.knob);
            if (knob == nullptr || !among(*knob) || claim.pool()) continue;
            if (claim.is_limit() || claim.is_open() || !lease.holds(claim)) continue;
            Wish& wish = wishes[{rank(knob), claim.name()}];
            wish.knob = knob;
            wish.target = claim.name();
            wish.path = claim.path();
            if (!wish.shared) wish.shared = std::make_shared<Wish::Shared>();
            wish.shared->claims.push_back(&claim);
            wish.shared->holders.push_back(&lease);
        }
    };
    std::for_each(leases.begin(), leases.end(), add);
    if (last != nullptr) add(*last);
    std::vector<Wish> list;
    list.reserve(wishes.size());
    for (auto& [key, wish] : wishes) {
        sort_by_age(*wish.shared);
        wish.claims = wish.shared->claims;
        wish.holders = wish.shared->holders;
        list.push_back(std::move(wish));
    }
    return list;
}

std::map<PoolId, std::uint64_t> claimed_pages(std::span<const Lease> leases) {
    std::map<PoolId, std::uint64_t> pages;
    for (const auto& lease : leases)
        for (const auto& claim : lease.claims)
            if (const auto pool = claim.pool(); pool && lease.holds(claim)) pages[*pool] += claim.pages();
    return pages;
}

std::string nothing_to_act_on(const std::string& knob, const std::string& paths) {
    return knob + " has nothing to act on: this host has no " + paths;
}

} // namespace hostlease
