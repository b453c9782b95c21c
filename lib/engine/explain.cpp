#include "engine/explain.hpp"

#include "engine/form.hpp"
#include "engine/pool_record.hpp"
#include "engine/wish_list.hpp"
#include "host/pools.hpp"

#include <algorithm>

namespace hostlease {

namespace {
Result<std::string> read_value(Host& host, const Knob& knob, const KnobRecord& record) {
    if (knob.form != KnobForm::pool) return form_of(knob.form).read(host, record);
    const auto pool = TRY(read_pool(host, pool_directory(record), parse_pool_id(record.target).value_or(PoolId{})));
    return std::to_string(pool.persistent());
}

/// Who made a readable target what it is.
std::string writer_of(const Knob& knob, const KnobRecord& record, const Wish* wish, const std::string& wanted,
                      const std::string& now) {
    const bool is_ours = now == record.wrote || same_value(now, record.wrote);
    if (record.intended) return "a write of '" + *record.intended + "' was cut off; `hostlease reconcile` finishes it";
    if (record.refused && is_ours) return "the kernel refused '" + *record.refused + "'";
    if (knob.same(now, wanted)) return knob.same(now, record.baseline) ? "as it was found" : "hostlease wrote it";
    if (wish != nullptr && wish->is_served(record, now)) return "somebody else chose it, within what the VMs ask for";
    if (is_ours && knob.same(record.wrote, record.baseline)) return "hostlease has not written it yet";
    if (is_ours) return "hostlease wrote '" + wanted + "', and the kernel made it this";
    if (knob.same(now, record.baseline)) return "somebody else put it back to what it was";
    if (knob.knows(record, now)) return "the kernel made it this of what hostlease wrote, '" + record.wrote + "'";
    return "somebody else; hostlease had written '" + record.wrote + "'";
}

void explain_value(Host& host, const KnobRecord& record, const Wish* wish, Explanation& explained) {
    const Knob& knob = *explained.knob;
    if (knob.form != KnobForm::pool && !form_of(knob.form).is_readable) {
        explained.current = record.wrote;
        explained.writer = record.intended  ? "a call was cut off; `hostlease reconcile` finishes it"
                           : record.refused ? "hostlease tried, and it failed"
                                            : "hostlease; the host cannot be asked";
        return;
    }
    const auto value = read_value(host, knob, record);
    if (!value) {
        explained.writer = value.error().text();
        return;
    }
    explained.current = *value;
    if (knob.form != KnobForm::pool && form_of(knob.form).is_silent)
        explained.writer = "hostlease told '" + record.wrote + "'; what is read is without it";
    else if (knob.form == KnobForm::pool && pages_of(*value) != pages_of(record.wrote) && !record.intended)
        explained.writer = "somebody else; hostlease had left " + record.wrote;
    else
        explained.writer = writer_of(knob, record, wish, explained.wanted, *value);
}

/// The claims on a target, those on every target among them, oldest lease first.
std::vector<ExplainedClaim> claims_on(const LedgerContent& ledger, const KnobRecord& record, const Combined& wanted) {
    std::vector<ExplainedClaim> claims;
    for (const auto& lease : ledger.leases)
        for (const auto& claim : lease.claims) {
            const bool is_on = claim.target == record.target || claim.is_for_every_target();
            if (claim.knob != record.knob || !is_on) continue;
            const bool granted = wanted.agreement == Agreement::full || claim.value == wanted.value;
            claims.push_back({lease.domain, claim, lease.holds(claim), granted});
        }
    return claims;
}

/// A target that a lease claims, and of which nothing is on record: a later phase's, or none of the host's yet.
void add_unrecorded(Host& host, const LedgerContent& ledger, std::vector<Explanation>& list) {
    for (const auto& lease : ledger.leases)
        for (const auto& claim : lease.claims) {
            const Knob* knob = find_knob(claim.knob);
            const bool is_limit = claim.path.empty(); // what others are held to: never written
            if (knob == nullptr || claim.is_for_every_target() || is_limit) continue;
            const bool is_known = std::any_of(
                list.begin(), list.end(), [&](const Explanation& one) { return one.knob == knob && one.target == claim.target; });
            if (is_known) continue;
            const auto record = unknown_record(*knob, claim.target, claim.path);
            Explanation explained{knob, claim.target, claim.path, std::nullopt, {}, {}, {}, {}};
            if (claim.is_open())
                explained.writer = "which file that is shows once QEMU runs";
            else
                explained.writer = "hostlease has not written it yet";
            if (const auto value = claim.is_open() ? Result<std::string>() : read_value(host, *knob, record))
                explained.current = *value;
            explained.claims = claims_on(ledger, record, {claim.value, Agreement::full});
            list.push_back(std::move(explained));
        }
}
} // namespace

std::vector<Explanation> explain(Host& host, const LedgerContent& ledger) {
    const WishList values = list_wishes(host, ledger);
    const auto wishes = collect_wishes(ledger.leases, pools_only);
    std::vector<Explanation> list;
    for (const auto& record : ledger.records) {
        const Knob* knob = find_knob(record.knob);
        if (knob == nullptr) continue; // of another version
        const Wish* wish = values.find(record);
        const auto pool = std::find_if(wishes.begin(), wishes.end(),
                                       [&](const Wish& one) { return one.knob == knob && one.target == record.target; });
        if (knob->form == KnobForm::pool) wish = pool == wishes.end() ? nullptr : &*pool;
        Explanation explained{knob, record.target, record.path, std::nullopt, {}, {}, {}, {}};
        const Combined wanted = wanted_now(*knob, wish, record.baseline, values.room);
        explained.baseline = record.baseline;
        explained.wanted = knob->form == KnobForm::pool ? wanted.value : values.wanted(host, record);
        explain_value(host, record, wish, explained);
        if (wish == nullptr && values.holds_beside(record))
            explained.writer = "may change with " + record.beside.front().first + " of " + record.beside.front().second +
                               ", and goes back after it";
        explained.claims = claims_on(ledger, record, wanted);
        list.push_back(std::move(explained));
    }
    add_unrecorded(host, ledger, list);
    const auto knobs = all_knobs();
    const auto rank = [&](const Explanation& one) { return std::find(knobs.begin(), knobs.end(), one.knob); };
    std::stable_sort(list.begin(), list.end(), [&](const auto& left, const auto& right) { return rank(left) < rank(right); });
    return list;
}

Explanation explain_free(Host& host, const Knob& knob, const std::string& path) {
    Explanation explained{&knob, path, path, std::nullopt, {}, {}, "no VM holds it", {}};
    if (const auto value = form_of(knob.form).read(host, unknown_record(knob, path, path))) explained.current = *value;
    return explained;
}

} // namespace hostlease
