#include "engine/verify.hpp"

#include "core/parse.hpp"
#include "engine/asleep.hpp"
#include "engine/form.hpp"
#include "engine/isolation.hpp"
#include "engine/liveness.hpp"
#include "engine/look.hpp"
#include "engine/wish_list.hpp"
#include "host/partition_facts.hpp"
#include "host/pools.hpp"

#include <algorithm>

namespace hostlease {

namespace {
Finding about(const KnobRecord& record, std::string expected, std::string current, std::string what) {
    return {record.knob,         record.target,      record.path,
            std::move(expected), std::move(current), std::move(what)};
}

/// The offline CPUs of a broken partition: the kernel breaks it when its last CPU goes offline, and reports
/// this only at a write.
CpuSet offline_cpus(Host& host, const KnobRecord& record) {
    const auto read = [&](const std::string& path) { return host.read_cpu_list(path).value_or(CpuSet{}); };
    if (!record.path.ends_with(".partition")) return {};
    return read(record.path.substr(0, record.path.rfind('/')) + "/cpuset.cpus.exclusive") -
           read("/sys/devices/system/cpu/online");
}

/// `claimed`: number of pages that leases add to the pool.
void verify_pool(Host& host, const PoolRecord& record, std::uint64_t claimed,
                 std::vector<Finding>& findings) {
    const auto add = [&](std::uint64_t expected, const std::string& current, std::string what) {
        findings.push_back(
            {pool_knob, record.target(), record.path, std::to_string(expected), current, std::move(what)});
    };
    const auto wanted = record.baseline + claimed;
    const auto pool = read_pool(host, record.directory(), record.id);
    if (!pool) return add(wanted, "", pool.error().text());
    const std::string now = std::to_string(pool->persistent());
    if (record.intended)
        add(wanted, now, "a change of this pool was interrupted; `hostlease reconcile` finishes it");
    else if (pool->persistent() != record.wrote)
        add(record.wrote, now, "another program changed the pool");
    else if (record.wrote > wanted)
        add(wanted, now, "pages are not yet returned; `hostlease reconcile` tries again");
}

/// How to turn a known value into the wanted one.
std::string remedy_of(Host& host, const KnobRecord& record) {
    const CpuSet off = offline_cpus(host, record);
    return off.empty() ? "not at its wanted value; `hostlease reconcile` brings it there"
                       : "CPU " + to_list(off) +
                             " is offline; `hostlease reconcile` uses slices instead until it is back";
}

/// What is wrong with the target; "" if nothing is.
std::string fault_of(Host& host, const KnobRecord& record, const Look& look) {
    switch (look.standing) {
    case Standing::as_wanted:
    case Standing::served:
    case Standing::refused: // it was reported at that time
    case Standing::follows:
    case Standing::wanted_unknown: // the unreadable file or folder is a separate finding
    case Standing::gone: return {};
    case Standing::to_write: return remedy_of(host, record);
    case Standing::cut_off: return "a change was interrupted; `hostlease reconcile` finishes it";
    case Standing::to_take_back: return "another program changed it; `hostlease reconcile` corrects it";
    case Standing::foreign: return "another program changed it; hostlease leaves it alone";
    case Standing::asleep: return asleep_text(record, look.sleeping);
    case Standing::missing:
    case Standing::unreadable: return look.error.text();
    }
    return {};
}

/// Reports isolation other than the policy requires, and partitions that the kernel has broken for
/// good.
void verify_isolation(Host& host, const LedgerContent& ledger, std::vector<Finding>& findings) {
    const auto add = [&](std::string what, std::string uuid = {}) {
        findings.push_back({{}, {}, {}, {}, {}, std::move(what), std::move(uuid)});
    };
    for (const auto& lease : ledger.leases)
        if (lease.isolation == Isolation::fallen_back && lease.state == LeaseState::running &&
            requires_partitions(lease))
            add("VM '" + lease.domain +
                    "' has no isolated partitions, which its policy requires; slices keep the host off (" +
                    lease.fallback.why + "); `hostlease reconcile` creates them as soon as possible",
                lease.uuid);
    const auto lost = lost_cpus(host);
    if (!lost) return add(lost.error().text());
    if (!lost->empty()) add(lost_cpus_text(*lost) + "; it comes back with the next boot");
}

void verify_pools(Host& host, const LedgerContent& ledger, std::vector<Finding>& findings) {
    auto claimed = claimed_pages(ledger.leases);
    for (const auto& record : ledger.pools)
        verify_pool(host, record, claimed[record.id], findings);
}

/// Why a wish has no record: it was missed, or its target cannot be read; "" if it needs none.
std::string fault_without_record(Host& host, const Wish& wish) {
    const Form& form = form_of(wish.knob->form);
    if (form.targets != nullptr) return "leased, but not applied; `hostlease reconcile` applies it";
    const FormTraits traits = traits_of(wish.knob->form);
    if (traits.echo == Echo::none) return {};
    const auto value = form.read(host, unknown_record(*wish.knob, wish.target, wish.path));
    const bool may_be_absent = traits.may_vanish || wish.knob->phase != Phase::started;
    if (value || (is_missing(value.error()) && may_be_absent)) return {};
    return value.error().text();
}

void verify_values(Host& host, const LedgerContent& ledger, std::vector<Finding>& findings,
                   Readings* readings) {
    const WishList list = list_wishes(host, ledger);
    std::set<TargetName> recorded;
    for (const auto& failure : list.failures)
        findings.push_back({failure.knob, failure.target, failure.error.path, {}, {}, failure.error.text()});
    for (const auto& record : ledger.records) {
        const Knob* knob = find_knob(record.knob);
        if (knob == nullptr) continue;
        TargetName name{record.knob, record.target};
        Look look = look_at(host, ledger, record, list);
        if (std::string fault = fault_of(host, record, look); !fault.empty())
            findings.push_back(
                about(record, std::move(look.wanted), look.value.value_or(""), std::move(fault)));
        if (readings != nullptr && look.value) readings->emplace(name, std::move(*look.value));
        recorded.insert(std::move(name));
    }
    for (const auto& wish : list.wishes) {
        const std::string knob(wish.knob->key);
        if (recorded.contains({knob, wish.target})) continue;
        if (std::string fault = fault_without_record(host, wish); !fault.empty())
            findings.push_back({knob, wish.target, wish.path, {}, {}, std::move(fault)});
    }
}
} // namespace

std::vector<Unseen> unseen(const LedgerContent& ledger) {
    std::vector<Unseen> list;
    for (const auto& record : ledger.records) {
        const Knob* knob = find_knob(record.knob);
        if (knob == nullptr || traits_of(knob->form).echo == Echo::as_written) continue;
        const auto known = std::find_if(list.begin(), list.end(),
                                        [&](const Unseen& one) { return one.knob == record.knob; });
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
        findings.push_back({{}, {}, bad.path, {}, {}, bad.error.text(), bad.uuid});
    for (const auto& lease : ledger.leases) {
        const auto add = [&](const char* what) {
            findings.push_back({{}, {}, {}, {}, {}, "VM '" + lease.domain + "' " + what, lease.uuid});
        };
        if (liveness(host, lease) == Liveness::dead)
            add("is gone, but its lease still exists; `hostlease reconcile` returns it");
        else if (missed_start(host, lease))
            add("runs, but its start missed some steps; `hostlease reconcile` does them");
    }
    verify_isolation(host, ledger, findings);
    verify_pools(host, ledger, findings);
    verify_values(host, ledger, findings, readings);
    return findings;
}

} // namespace hostlease
