#include "engine/changes.hpp"

#include <algorithm>

namespace hostlease {

Change change_of(const KnobRecord& record, const Wish* wish, const std::string& from, const std::string& to) {
    Change change{record.knob, record.target, record.path, from, to, find_knob(record.knob)->phase, {}};
    if (wish == nullptr) {
        change.why = "as it was before: no VM asks for it any more";
        return change;
    }
    const auto granted = std::find_if(wish->claims.begin(), wish->claims.end(),
                                      [&](const Claim* claim) { return claim->value == to; });
    const Claim& claim = granted == wish->claims.end() ? *wish->claims.front() : **granted;
    change.phase = claim.phase;
    change.why = claim.why;
    return change;
}

void add_change(Change change, std::vector<Change>& changes) {
    const auto known = std::find_if(changes.begin(), changes.end(), [&](const Change& one) {
        return one.knob == change.knob && one.target == change.target;
    });
    if (known == changes.end()) return changes.push_back(std::move(change));
    change.from = std::move(known->from);
    *known = std::move(change);
}

} // namespace hostlease
