#include "engine/verify.hpp"

#include "core/parse.hpp"
#include "engine/form.hpp"
#include "engine/isolation.hpp"
#include "engine/liveness.hpp"
#include "engine/pool_record.hpp"
#include "engine/wish_list.hpp"
#include "host/partition_facts.hpp"
#include "host/pools.hpp"

#include <algorithm>

namespace hostlease {

namespace {
Finding about(const KnobRecord& record, std::string expected, std::string current, std::string what) {
    return {record.knob, record.target, record.path, std::move(expected), std::move(current), std::move(what)};
}

/// The CPUs of a broken partition that are offline: the kernel breaks it when its last one goes, and says so only when it is written.
CpuSet offline_cpus(Host& host, const KnobRecord& record) {
    const auto read = [&](const std::string& path) {
        return parse_cpu_list(trim(host.read(path).value_or(std::string{}))).value_or(CpuSet{});
    };
    if (!record.path.ends_with(".partition")) return {};
    return read(record.path.substr(0, record.path.rfind('/')) + "/cpuset.cpus.exclusive") -
           read("/sys/devices/system/cpu/online");
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

void verify_value(Host& host, const KnobRecord& record, const WishList& list, std::vector<Finding>& findings,
                  Readings* readings) {
    const Knob& knob = *find_knob(record.knob);
    const Form& form = form_of(knob.form);
    const Wish* wish = list.find(record);
    const std::string wanted = list.wanted(host, record);
    const bool may_be_chosen = wish != nullptr && knob.serves != nullptr;
    if (!form.is_readable && record.intended)
        return findings.push_back(about(record, wanted, "", "a call was cut off; `hostlease reconcile` finishes it"));
    if (!form.is_readable) return;
    const auto value = form.read(host, record);
    if (!value && is_missing(value.error()) && form.may_vanish) return;
    if (!value) return findings.push_back(about(record, wanted, "", value.error().text()));
    const std::string& now = *value;
    if (readings != nullptr) readings->emplace(std::pair(record.knob, record.target), now);
    if (knob.same(now, wanted) || (record.refused == wanted && now == record.wrote)) return;
    if (may_be_chosen && wish->is_served(record, now)) return;
    if (form.is_silent && record.wrote == wanted && !record.intended) return;
    if (record.intended)
        findings.push_back(about(record, wanted, now, "a write was cut off; `hostlease reconcile` finishes it"));
    else if (!knob.knows(record, now) && may_be_chosen)
        findings.push_back(about(record, wanted, now, "somebody else changed it; `hostlease reconcile` takes it back"));
    else if (!knob.knows(record, now) && !form.is_silent)
        findings.push_back(about(record, wanted, now, "somebody else changed it; hostlease leaves it alone"));
    else if (const CpuSet off = offline_cpus(host, record); !off.empty())
        findings.push_back(
            about(record, wanted, now,
                  "CPU " + to_list(off) + " is offline; `hostlease reconcile` uses slices instead until it is back"));
    else
        findings.push_back(about(record, wanted, now, "not at its wanted value; `hostlease reconcile` brings it there"));
}

/// Isolation is another than the policy requires, or the kernel has broken a partition of somebody's for good.
void verify_isolation(Host& host, const LedgerContent& ledger, std::vector<Finding>& findings) {
    const auto add = [&](std::string what) { findings.push_back({{}, {}, {}, {}, {}, std::move(what)}); };
    for (const auto& lease : ledger.leases)
        if (lease.isolation == Isolation::fallen_back && lease.state == LeaseState::running && requires_partitions(lease))
            add("the VM '" + lease.domain +
                "' has no isolated partitions, which its policy requires; slices keep the host off (" + lease.fallback +
                "); `hostlease reconcile` makes them once they can be made");
    const auto lost = lost_cpus(host);
    if (!lost) return add(lost.error().text());
    if (!lost->empty()) add(lost_cpus_text(*lost) + "; it comes back with the next boot");
}

void verify_pools(Host& host, const LedgerContent& ledger, std::vector<Finding>& findings) {
    const auto wishes = collect_wishes(ledger.leases, pools_only);
    for (const auto& record : ledger.records) {
        const Knob* knob = find_knob(record.knob);
        if (knob == nullptr || knob->form != KnobForm::pool) continue;
        const auto wish = std::find_if(wishes.begin(), wishes.end(),
                                       [&](const Wish& one) { return one.knob == knob && one.target == record.target; });
        verify_pool(host, record, wish == wishes.end() ? record.baseline : wish->wanted(record.baseline).value, findings);
    }
}

void verify_values(Host& host, const LedgerContent& ledger, std::vector<Finding>& findings, Readings* readings) {
    const WishList list = list_wishes(host, ledger);
    std::set<TargetName> recorded;
    for (const auto& failure : list.failures)
        findings.push_back({failure.knob, failure.target, failure.error.path, {}, {}, failure.error.text()});
    for (const auto& record : ledger.records) {
        const Knob* knob = find_knob(record.knob);
        if (knob == nullptr || knob->form == KnobForm::pool || list.unknowable.contains(record.knob)) continue;
        const TargetName name{record.knob, record.target};
        recorded.insert(name);
        if (list.gone.contains(name)) continue;
        if (list.find(record) == nullptr && list.holds_beside(record)) continue; // the kernel's choice for now
        verify_value(host, record, list, findings, readings);
    }
    for (const auto& wish : list.wishes)
        if (const std::string knob(wish.knob->key);
            form_of(wish.knob->form).targets != nullptr && !recorded.contains({knob, wish.target}))
            findings.push_back({knob, wish.target, wish.path, {}, {}, "leased and not applied; `hostlease reconcile` does it"});
}
} // namespace

std::vector<Unseen> unseen(const LedgerContent& ledger) {
    std::vector<Unseen> list;
    for (const auto& record : ledger.records) {
        const Knob* knob = find_knob(record.knob);
        if (knob == nullptr || (form_of(knob->form).is_readable && !form_of(knob->form).is_silent)) continue;
        const auto known = std::find_if(list.begin(), list.end(), [&](const Unseen& one) { return one.knob == record.knob; });
        if (known == list.end())
            list.push_back({record.knob, 1});
        else
            ++known->count;
    }
    return list;
}

std::vector<Finding> verify(Host& host, const LedgerContent& ledger, Readings* readings) {
    std::vector<Finding> findings;
    findings.reserve(ledger.problems.size() + ledger.unreadable.size());
    for (const auto& problem : ledger.problems)
        findings.push_back({{}, {}, problem.path, {}, {}, problem.text()});
    for (const auto& bad : ledger.unreadable)
        findings.push_back({{}, {}, bad.path, {}, {}, bad.error.text()});
    for (const auto& lease : ledger.leases) {
        const std::string vm = "the VM '" + lease.domain + "' ";
        if (liveness(host, lease) == Liveness::dead)
            findings.push_back({{}, {}, {}, {}, {}, vm + "is gone and its lease is not; `hostlease reconcile` gives it back"});
        else if (missed_start(host, lease))
            findings.push_back({{},
                                {},
                                {},
                                {},
                                {},
                                vm + "runs, and what was to be done when it started is not done; `hostlease reconcile` does it"});
    }
    verify_isolation(host, ledger, findings);
    verify_pools(host, ledger, findings);
    verify_values(host, ledger, findings, readings);
    return findings;
}

} // namespace hostlease
