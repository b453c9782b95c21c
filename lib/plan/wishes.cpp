#include "plan/wishes.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace hostlease {

Combined Wish::wanted(std::string_view baseline) const {
    std::vector<std::string> values;
    values.reserve(claims.size());
    for (const Claim* claim : claims)
        values.push_back(claim->value);
    return knob->rule(target)(baseline, values);
}

bool Wish::is_served(const KnobRecord& record, std::string_view found) const {
    return knob->serves != nullptr && found != record.wrote && knob->serves(found, wanted({}).value);
}

std::vector<Wish> collect_wishes(std::span<const Lease> leases) {
    const auto knobs = all_knobs();
    const auto rank = [&](const Knob* knob) { return std::find(knobs.begin(), knobs.end(), knob) - knobs.begin(); };
    std::map<std::pair<std::ptrdiff_t, std::string>, Wish> wishes;
    for (const auto& lease : leases) {
        for (const auto& claim : lease.claims) {
            const Knob* knob = find_knob(claim.knob);
            if (knob == nullptr || claim.path.empty() || claim.is_open() || !lease.holds(claim)) continue;
            if (knob->form != KnobForm::pool && lease.state < LeaseState::prepared) continue; // its pages are not all there yet
            Wish& wish = wishes[{rank(knob), claim.target}];
            wish.knob = knob;
            wish.target = claim.target;
            wish.path = claim.path;
            wish.claims.push_back(&claim);
            wish.holders.push_back(&lease);
        }
    }
    std::vector<Wish> list;
    list.reserve(wishes.size());
    for (auto& [key, wish] : wishes)
        list.push_back(std::move(wish));
    return list;
}

} // namespace hostlease
