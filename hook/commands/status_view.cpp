#include "status_view.hpp"

#include "engine/form.hpp"
#include "knobs/knob.hpp"
#include "plan/checks.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace hostlease {

namespace {
using TargetView = std::pair<std::string_view, std::string_view>;

void find_holdings(StatusView& view) {
    for (const auto& lease : view.ledger.leases)
        for (const auto& claim : lease.claims)
            view.holdings[{claim.knob, claim.name()}].push_back({&lease, &claim});
}

/// The claims on the target, individual ones and those on every target.
const std::vector<Holding>* holdings_of(StatusView& view, const KnobRecord& record) {
    static const std::vector<Holding> nobody;
    const auto own = view.holdings.find({record.knob, record.target});
    const auto every = view.holdings.find({record.knob, std::string(every_target)});
    if (own == view.holdings.end() && every == view.holdings.end()) return &nobody;
    if (own == view.holdings.end()) return &every->second;
    if (every == view.holdings.end()) return &own->second;
    auto& both = view.joined_holdings.emplace_back(own->second);
    both.insert(both.end(), every->second.begin(), every->second.end());
    return &both;
}

/// A pool's record in the form of a value's record, for a row among those.
KnobRecord row_of(const PoolRecord& record) {
    KnobRecord row;
    row.knob = pool_knob;
    row.target = record.target();
    row.path = record.path;
    row.baseline = std::to_string(record.baseline);
    row.wrote = std::to_string(record.wrote);
    return row;
}

std::string current_value(Host& host, const KnobRecord& record, const Readings& readings) {
    const Knob* knob = find_knob(record.knob);
    if (knob == nullptr) return "?";
    if (traits_of(knob->form).echo != Echo::as_written) return record.wrote;
    const auto known = readings.find({record.knob, record.target});
    return known != readings.end() ? known->second : form_of(knob->form).read(host, record).value_or("?");
}

Status choose_leases(const std::vector<std::string>& names, StatusView& view) {
    for (const auto& lease : view.ledger.leases)
        if (names.empty() || std::any_of(names.begin(), names.end(), [&](const auto& name) {
                return name == lease.domain || name == lease.uuid;
            }))
            view.leases.push_back(&lease);
    for (const auto& name : names)
        if (std::none_of(view.leases.begin(), view.leases.end(),
                         [&](const Lease* lease) { return lease->domain == name || lease->uuid == name; }))
            return fail(ErrorKind::usage,
                        "VM '" + name + "' holds no lease\n  hint: `hostlease status` lists the leases");
    return {};
}

/// Whether the finding concerns a chosen lease or one of its knobs.
bool is_of(const Finding& finding, const StatusView& view, const std::set<TargetView>& shown) {
    if (!finding.knob.empty()) return shown.contains({finding.knob, finding.target});
    return std::any_of(view.leases.begin(), view.leases.end(),
                       [&](const Lease* lease) { return lease->uuid == finding.uuid; });
}
} // namespace

Status look_at_status(Host& host, const std::vector<std::string>& names, StatusView& view) {
    view.ledger = TRY(Ledger::peek(host));
    view.is_whole = names.empty();
    TRY_VOID(choose_leases(names, view));
    find_holdings(view);
    Readings readings;
    view.findings = verify(host, view.ledger, &readings);
    const std::set<const Lease*> chosen(view.leases.begin(), view.leases.end());
    std::set<TargetView> shown;
    std::map<const std::vector<Holding>*, bool> known;
    for (const auto& pool : view.ledger.pools)
        view.pool_rows.push_back(row_of(pool));
    const auto show = [&](const KnobRecord& record) {
        KnobView knob{&record, {}, holdings_of(view, record)};
        const auto [is_chosen, is_new] = known.emplace(knob.holdings, view.is_whole);
        if (is_new && !view.is_whole)
            is_chosen->second = std::any_of(knob.holdings->begin(), knob.holdings->end(),
                                            [&](const Holding& one) { return chosen.contains(one.lease); });
        if (!is_chosen->second) return;
        knob.now = current_value(host, record, readings);
        shown.emplace(record.knob, record.target);
        view.knobs.push_back(std::move(knob));
    };
    std::for_each(view.pool_rows.begin(), view.pool_rows.end(), show);
    std::for_each(view.ledger.records.begin(), view.ledger.records.end(), show);
    for (const Lease* lease : view.leases)
        if (auto text = not_kept_off_text(own_cpus(*lease), TRY(not_kept_off(host, *lease))); !text.empty())
            view.notes.push_back("VM '" + lease->domain + "': " + text);
    if (!view.is_whole)
        std::erase_if(view.findings, [&](const Finding& finding) { return !is_of(finding, view, shown); });
    return {};
}

} // namespace hostlease
