#include "engine/verify.hpp"

#include "engine/liveness.hpp"
#include "engine/pool_record.hpp"
#include "host/facts.hpp"
#include "plan/wishes.hpp"

#include <algorithm>

namespace hostlease {

namespace {
Finding about(const KnobRecord& record, std::string expected, std::string current, std::string what) {
    return {record.knob, record.target, record.path, std::move(expected), std::move(current), std::move(what)};
}

void verify_pool(Host& host, const KnobRecord& record, const std::string& wanted, std::vector<Finding>& findings) {
    const auto id = parse_pool_id(record.target);
    const auto pool = read_pool(host, pool_directory(record), id.value_or(PoolId{}));
    if (!pool) return findings.push_back(about(record, wanted, "", pool.error().text()));
    const std::string now = std::to_string(pool->persistent());
    if (record.intended)
        findings.push_back(about(record, wanted, now, "a change of this pool was cut off; `hostlease reconcile` finishes it"));
    else if (now != record.wrote)
        findings.push_back(about(record, record.wrote, now, "somebody else changed the pool"));
    else if (pages_of(record.wrote) > pages_of(wanted))
        findings.push_back(about(record, wanted, now, "pages are still to be given back; `hostlease reconcile` tries again"));
}

void verify_value(Host& host, const KnobRecord& record, const std::string& wanted, std::vector<Finding>& findings) {
    const auto text = host.read(record.path);
    if (!text) return findings.push_back(about(record, wanted, "", text.error().text()));
    const std::string now = knob_value(*text);
    if (same_value(now, wanted)) return;
    if (record.intended)
        findings.push_back(about(record, wanted, now, "a write was cut off; `hostlease reconcile` finishes it"));
    else if (!record.knows(now))
        findings.push_back(about(record, wanted, now, "somebody else changed it; hostlease leaves it alone"));
    else
        findings.push_back(about(record, wanted, now, "not at its wanted value; `hostlease reconcile` brings it there"));
}
} // namespace

std::vector<Finding> verify(Host& host, const LedgerContent& ledger) {
    std::vector<Finding> findings;
    findings.reserve(ledger.problems.size() + ledger.unreadable.size());
    for (const auto& problem : ledger.problems)
        findings.push_back({{}, {}, problem.path, {}, {}, problem.text()});
    for (const auto& bad : ledger.unreadable)
        findings.push_back({{}, {}, bad.path, {}, {}, bad.error.text()});
    for (const auto& lease : ledger.leases)
        if (liveness(host, lease) == Liveness::dead)
            findings.push_back(
                {{},
                 {},
                 {},
                 {},
                 {},
                 "the VM '" + lease.domain + "' is gone and its lease is not; `hostlease reconcile` gives it back"});
    const auto wishes = collect_wishes(ledger.leases);
    for (const auto& record : ledger.records) {
        const Knob* knob = find_knob(record.knob);
        if (knob == nullptr) continue;
        const auto wish = std::find_if(wishes.begin(), wishes.end(),
                                       [&](const Wish& one) { return one.knob == knob && one.target == record.target; });
        const std::string wanted = wish == wishes.end() ? record.baseline : wish->wanted(record.baseline).value;
        if (knob->form == KnobForm::pool)
            verify_pool(host, record, wanted, findings);
        else
            verify_value(host, record, wanted, findings);
    }
    return findings;
}

} // namespace hostlease
