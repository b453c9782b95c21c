// The stages of writes that wait for other programs: systemd, irqbalance, an admin's commands. A call waits
// for them only if it needs their result itself: the ledger is released during the wait, and a call that
// finds the turn taken leaves common work to the holder of the turn.
#include "engine/value_convergence.hpp"

#include <algorithm>
#include <utility>

namespace hostlease {

void ValueConvergence::run_waiting() {
    if (!has_turn()) return;
    if (turn_.list)
        take_list(*std::exchange(turn_.list, {}));
    else
        list_all();
    while (ledger_.may_write()) // others may have left more work meanwhile
        if (!run_errands(decide_all([](const KnobRecord&) { return true; })) && !forget_settled()) break;
    note_time();
    if (ledger_.may_write()) drop_settled();
    if (!has_let_others_in_) turn_.list = std::move(list_);
}

/// Whether this call has the turn. Without it, no record may be judged: an open intention may then be a write
/// in progress instead of an interrupted one.
bool ValueConvergence::has_turn() {
    const auto is_busy = [](const Status& taken) { return !taken && taken.error().kind == ErrorKind::busy; };
    auto taken = ledger_.take_turn({});
    if (is_busy(taken)) {
        if (!must_wait()) return false;
        taken = ledger_.take_turn(host_.time_left());
    }
    if (is_busy(taken)) {
        fail_claims(taken.error());
        return false;
    }
    // restoring values is more important than the order
    if (!taken) call_.report.add(Severity::error, taken.error().text());
    return true;
}

/// The wanted values of this call's own claims that are not in force.
std::vector<const Wish*> ValueConvergence::own_unmet(const WishList& wishes) const {
    std::vector<const Wish*> list;
    for (const auto& wish : wishes.wishes) {
        const bool is_own = call_.waits_its_turn ||
                            std::any_of(wish.holders.begin(), wish.holders.end(),
                                        [&](const Lease* lease) { return lease->uuid == call_.lease; });
        if (!is_own || !is_of_stage(*wish.knob, true)) continue;
        const KnobRecord* record = ledger_.content.record(std::string(wish.knob->key), wish.target);
        if (record == nullptr || record->intended ||
            !wish.knob->same(record->wrote, wishes.wanted(host_, *record)))
            list.push_back(&wish);
    }
    return list;
}

/// Whether the call has more to do than restore values: restores are left to the holder of the turn.
bool ValueConvergence::must_wait() const {
    const WishList wishes = list_wishes(host_, ledger_.content, is_waiting);
    const auto goes_back = [&](const KnobRecord& record) {
        const Knob* knob = find_knob(record.knob);
        return knob != nullptr && is_waiting(*knob) && is_of_stage(*knob, false) &&
               wishes.find(record) == nullptr;
    };
    const auto& records = ledger_.content.records;
    return !own_unmet(wishes).empty() ||
           (call_.waits_its_turn && std::any_of(records.begin(), records.end(), goes_back));
}

/// The turn was not available in time.
void ValueConvergence::fail_claims(const Error& error) {
    const WishList wishes = list_wishes(host_, ledger_.content, is_waiting);
    for (const auto* wish : own_unmet(wishes))
        fail_knob(std::string(wish->knob->key), wish->target, error);
    if (failures_.empty()) failures_.push_back({{}, {}, error});
}

/// Writes the listed values that were not tried in this call, while other calls have the ledger. False if
/// there were none.
bool ValueConvergence::run_errands(std::vector<PendingWrite> list) {
    std::erase_if(list, [&](const PendingWrite& pending) {
        KnobRecord& record = ledger_.content.records[pending.record];
        if (turn_.tried.emplace(name_of(record), pending.wanted).second) return false;
        record.intended = pending.intended_before;
        return true;
    });
    if (list.empty()) return false;
    auto errands = writer_.begin(list);
    has_let_others_in_ = true;
    const auto let_in = ledger_.wait_for_programs([&] {
        for (auto& errand : errands)
            errand.attempt = attempt(host_, errand.record, errand.pending.wanted);
    });
    if (!let_in) {
        failures_.push_back({{}, {}, let_in.error()});
        return false;
    }
    list_all();
    for (auto& errand : errands) {
        const auto known = recorded_.find(name_of(errand.record));
        // our write stays on record even if another program removed the file
        if (known == recorded_.end()) add(errand.record);
        errand.pending.record = recorded_.at(name_of(errand.record));
        writer_.conclude(errand);
    }
    writer_.report_unmoved();
    return true;
}

/// Removes what was left beside values that no lease claims, and then their records. False if there was
/// nothing to remove.
bool ValueConvergence::forget_settled() {
    struct Leaving {
        KnobRecord record;
        End end;
        Status forgotten = {};
        bool is_back = true;
    };
    std::vector<Leaving> leaving;
    for (const auto& record : ledger_.content.records) {
        const Knob* knob = find_knob(record.knob);
        if (knob == nullptr || form_of(knob->form).forget == nullptr || !is_of_stage(*knob, false)) continue;
        if (const End end = end_of(record);
            end != End::none && turn_.forgotten.insert(name_of(record)).second)
            leaving.push_back({record, end});
    }
    if (leaving.empty()) return false;
    if (const auto saved = ledger_.save_records(); !saved)
        call_.report.add(Severity::error, saved.error().text());
    has_let_others_in_ = true;
    const auto let_in = ledger_.wait_for_programs([&] {
        for (auto& one : leaving) {
            const Knob& knob = *find_knob(one.record.knob);
            one.forgotten = form_of(knob.form).forget(host_, one.record);
            if (!one.forgotten || one.end == End::settled) continue;
            const auto value = form_of(knob.form).read(host_, one.record);
            one.is_back = value && knob.same(*value, one.record.baseline);
        }
    });
    if (!let_in) {
        failures_.push_back({{}, {}, let_in.error()});
        return false;
    }
    list_all();
    for (auto& one : leaving) {
        if (!one.forgotten)
            fail_knob(one.record.knob, one.record.target, std::move(one.forgotten).error());
        else if (one.is_back && list_.find(one.record) == nullptr)
            std::erase(ledger_.content.records, one.record);
    }
    list_all(); // the indexes of the records have changed
    return true;
}

} // namespace hostlease
