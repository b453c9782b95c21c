#include "engine/explain.hpp"

#include "engine/asleep.hpp"
#include "engine/form.hpp"
#include "engine/look.hpp"
#include "host/pools.hpp"

#include <algorithm>

namespace hostlease {

namespace {
std::string cut_off_text(const std::string& intended) {
    return "a write of '" + intended + "' was interrupted; `hostlease reconcile` finishes it";
}

/// Who wrote the current value of a target whose wanted value is not yet written.
std::string writer_until_now(const Knob& knob, const KnobRecord& record, const Look& look) {
    const std::string& now = *look.value;
    if (now == record.wrote || same_value(now, record.wrote))
        return record.refused == look.wanted ? "the kernel refused '" + look.wanted + "'"
                                             : "hostlease has not written '" + look.wanted + "' yet";
    if (knob.same(now, record.baseline)) return "another program restored it";
    return "hostlease wrote '" + record.wrote + "', and the kernel changed it to this value";
}

/// Who wrote the current value of a target.
std::string writer_of(const Knob& knob, const KnobRecord& record, const Look& look) {
    switch (look.standing) {
    case Standing::as_wanted:
        return knob.same(*look.value, record.baseline) ? "as it was found" : "hostlease wrote it";
    case Standing::served: return "another program chose it, within what the VMs ask for";
    case Standing::refused:
        return (reads_as(*look.value, look.wanted) || is_rounded(*look.value, look.wanted)
                    ? "hostlease wrote '"
                    : "the kernel refused '") +
               look.wanted + "'";
    case Standing::to_write: return writer_until_now(knob, record, look);
    case Standing::cut_off: return cut_off_text(*record.intended);
    case Standing::to_take_back:
    case Standing::foreign: return "another program; hostlease had written '" + record.wrote + "'";
    case Standing::follows:
        return "may change when " + record.beside.front().first + " of " + record.beside.front().second +
               " changes; hostlease restores it afterwards";
    case Standing::wanted_unknown: return "not known while a file of the ledger or the host cannot be read";
    case Standing::gone: return record.path + " is gone";
    case Standing::asleep: return asleep_text(record, look.sleeping);
    case Standing::missing:
    case Standing::unreadable: return look.error.text();
    }
    return {};
}

/// The same if the host does not show written values.
std::string writer_on_record(const KnobRecord& record, Echo echo) {
    if (record.intended) return "a change was interrupted; `hostlease reconcile` finishes it";
    if (echo == Echo::silent) return "hostlease sent '" + record.wrote + "'; the reading does not show it";
    return record.refused ? "hostlease tried, and it failed" : "hostlease; the host cannot be asked";
}

void explain_value(Host& host, const LedgerContent& ledger, const KnobRecord& record, const WishList& list,
                   Explanation& explained) {
    const Knob& knob = *explained.knob;
    Look look = look_at(host, ledger, record, list);
    const Echo echo = traits_of(knob.form).echo;
    explained.writer = look.value && echo != Echo::as_written ? writer_on_record(record, echo)
                                                              : writer_of(knob, record, look);
    explained.current = look.value ? *look.value : form_of(knob.form).read(host, record).value_or("");
    explained.wanted = std::move(look.wanted);
}

std::string pool_writer(const PoolRecord& record, std::uint64_t wanted, std::uint64_t now) {
    if (record.intended) return cut_off_text(std::to_string(*record.intended));
    if (now != record.wrote) return "another program; hostlease had left " + std::to_string(record.wrote);
    if (now != wanted) return "hostlease has not written '" + std::to_string(wanted) + "' yet";
    return now == record.baseline ? "as it was found" : "hostlease wrote it";
}

/// The claims on a target, including those on every target, oldest lease first.
std::vector<ExplainedClaim> claims_on(const LedgerContent& ledger, const TargetName& name,
                                      const Combined& wanted) {
    std::vector<ExplainedClaim> claims;
    for (const auto& lease : ledger.leases)
        for (const auto& claim : lease.claims) {
            const bool is_on = claim.name() == name.second || claim.is_for_every_target();
            if (claim.knob != name.first || !is_on) continue;
            const bool granted = wanted.agreement == Agreement::full || claim.value == wanted.value;
            claims.push_back({lease.domain, claim, lease.holds(claim), granted});
        }
    return claims;
}

Explanation explain_pool(Host& host, const LedgerContent& ledger, const PoolRecord& record,
                         std::uint64_t claimed) {
    const auto wanted = record.baseline + claimed;
    Explanation explained{find_knob(pool_knob),
                          record.target(),
                          record.path,
                          std::to_string(record.baseline),
                          std::to_string(wanted),
                          {},
                          {},
                          {}};
    const auto now = read_persistent_pages(host, record.directory());
    if (now) explained.current = std::to_string(*now);
    explained.writer = now ? pool_writer(record, wanted, *now) : now.error().text();
    explained.claims = claims_on(ledger, {pool_knob, record.target()}, {explained.wanted, Agreement::full});
    return explained;
}

/// The current value of a claim's target, if the target exists and can be read.
std::string read_claimed(Host& host, const Knob& knob, const Claim& claim) {
    if (claim.is_open()) return {};
    if (const auto id = claim.pool()) {
        const auto pages = read_persistent_pages(host, PoolRecord{*id, claim.path()}.directory());
        return pages ? std::to_string(*pages) : std::string();
    }
    return form_of(knob.form).read(host, unknown_record(knob, claim.name(), claim.path())).value_or("");
}

/// A target that a lease claims but that has no record: a later phase applies it, or it does not exist
/// yet.
void add_unrecorded(Host& host, const LedgerContent& ledger, std::vector<Explanation>& list) {
    for (const auto& lease : ledger.leases)
        for (const auto& claim : lease.claims) {
            const Knob* knob = find_knob(claim.knob);
            if (knob == nullptr || claim.is_for_every_target() || claim.is_limit()) continue;
            const bool is_known = std::any_of(list.begin(), list.end(), [&](const Explanation& one) {
                return one.knob == knob && one.target == claim.name();
            });
            if (is_known) continue;
            Explanation explained{knob, claim.name(), claim.path(), std::nullopt, {}, {}, {}, {}};
            explained.writer = claim.is_open() ? "which file that is shows once QEMU runs"
                                               : "hostlease has not written it yet";
            explained.current = read_claimed(host, *knob, claim);
            explained.claims = claims_on(ledger, {claim.knob, claim.name()}, {claim.value, Agreement::full});
            list.push_back(std::move(explained));
        }
}
} // namespace

std::vector<Explanation> explain(Host& host, const LedgerContent& ledger) {
    const WishList values = list_wishes(host, ledger);
    auto claimed = claimed_pages(ledger.leases);
    std::vector<Explanation> list;
    for (const auto& record : ledger.pools)
        list.push_back(explain_pool(host, ledger, record, claimed[record.id]));
    for (const auto& record : ledger.records) {
        const Knob* knob = find_knob(record.knob);
        if (knob == nullptr) continue; // from another version
        Explanation explained{knob, record.target, record.path, record.baseline, {}, {}, {}, {}};
        const Combined wanted = wanted_now(*knob, values.find(record), record.baseline, values.room);
        explain_value(host, ledger, record, values, explained);
        explained.claims = claims_on(ledger, {record.knob, record.target}, wanted);
        list.push_back(std::move(explained));
    }
    add_unrecorded(host, ledger, list);
    const auto knobs = all_knobs();
    const auto rank = [&](const Explanation& one) { return std::find(knobs.begin(), knobs.end(), one.knob); };
    std::stable_sort(list.begin(), list.end(),
                     [&](const auto& left, const auto& right) { return rank(left) < rank(right); });
    return list;
}

Explanation explain_free(Host& host, const Knob& knob, const std::string& path) {
    Explanation explained{&knob, path, path, std::nullopt, {}, {}, "no VM holds it", {}};
    if (const auto value = form_of(knob.form).read(host, unknown_record(knob, path, path)))
        explained.current = *value;
    return explained;
}

} // namespace hostlease
