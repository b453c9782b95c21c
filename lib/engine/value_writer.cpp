#include "engine/value_writer.hpp"

#include "core/units.hpp"
#include "engine/changes.hpp"
#include "engine/form.hpp"
#include "engine/neighbours.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace hostlease {

bool is_by_itself(const KnobRecord& record, const WishList& wishes) {
    return record.beside.empty() || wishes.find(record) != nullptr;
}

Attempt attempt(Host& host, const KnobRecord& record, const std::string& wanted) {
    const Form& form = form_of(find_knob(record.knob)->form);
    if (form.waits != Form::Waits::no && host.time_left().count() == 0) return {.is_given_up = true};
    Attempt result{.written = form.write(host, record, wanted)};
    if (form.is_readable) result.value = form.read(host, record);
    return result;
}

/// Saves the records. What goes back is worth more than a record of it, and is written whether they could be or not.
std::vector<const PendingWrite*> ValueWriter::in_order(const std::vector<PendingWrite>& list) {
    const auto saved = ledger_.save_records();
    std::vector<const PendingWrite*> order;
    for (auto pending = list.rbegin(); pending != list.rend(); ++pending)
        if (!pending->claimed) order.push_back(&*pending);
    for (const auto& pending : list) {
        if (!pending.claimed) continue;
        if (saved) {
            order.push_back(&pending);
        } else {
            record_of(pending).intended.reset();
            fail_knob(record_of(pending), saved.error());
        }
    }
    return order;
}

void ValueWriter::write(const std::vector<PendingWrite>& list) {
    std::set<TargetName> to_write;
    for (const auto& pending : list)
        to_write.emplace(record_of(pending).knob, record_of(pending).target);
    expect_changes_beside(host_, to_write, list_, ledger_.content.records, report_);
    std::vector<const PendingWrite*> again;
    for (const auto* pending : in_order(list))
        if (write_one(*pending) == Outcome::otherwise) again.push_back(pending);
    for (const auto* pending : again)
        write_last(*pending);
}

std::vector<Errand> ValueWriter::begin(const std::vector<PendingWrite>& list) {
    std::vector<Errand> errands;
    for (const auto* pending : in_order(list))
        errands.push_back({*pending, record_of(*pending)});
    return errands;
}

void ValueWriter::conclude(const Errand& errand) {
    if (conclude_one(errand.pending, errand.attempt) == Outcome::otherwise) fail_write(record_of(errand.pending), errand.pending);
}

Change ValueWriter::change_of(const PendingWrite& pending) const {
    const KnobRecord& record = ledger_.content.records[pending.record];
    return hostlease::change_of(record, list_.find(record), pending.before, pending.wanted);
}

void ValueWriter::note_change(const PendingWrite& pending, const std::string& now) {
    if (!written_ || report_.changes == nullptr || !is_by_itself(record_of(pending), list_)) return;
    Change change = change_of(pending);
    change.to = now;
    add_change(std::move(change), *report_.changes);
}

void ValueWriter::fail_knob(const KnobRecord& record, Error error) {
    failures_.push_back({record.knob, record.target, std::move(error)});
}

ValueWriter::Outcome ValueWriter::write_one(const PendingWrite& pending) {
    return conclude_one(pending, attempt(host_, record_of(pending), pending.wanted));
}

ValueWriter::Outcome ValueWriter::conclude_one(const PendingWrite& pending, const Attempt& result) {
    KnobRecord& record = record_of(pending);
    const Knob& knob = *find_knob(record.knob);
    const Form& form = form_of(knob.form);
    if (result.is_given_up) return give_up(record);
    written_ = result.written;
    if (written_) ++(pending.claimed ? report_.deeds.values_set : report_.deeds.values_put_back);
    if (!form.is_readable) {
        note_change(pending, pending.wanted);
        settle_unreadable(record, pending);
        return Outcome::settled;
    }
    const auto& value = result.value;
    if (value) return settle(pending, *value);
    if (is_missing(value.error()) && (form.may_vanish || knob.exactness == Exactness::where_possible))
        list_.gone.emplace(record.knob, record.target); // it went away under our hands
    else
        fail_knob(record, value.error()); // the intention stays: nobody knows
    return Outcome::settled;
}

/// What the target reads after the write.
ValueWriter::Outcome ValueWriter::settle(const PendingWrite& pending, const std::string& value) {
    KnobRecord& record = record_of(pending);
    const Knob& knob = *find_knob(record.knob);
    const Form& form = form_of(knob.form);
    if (!form.is_silent)
        record.wrote = value;
    else if (written_)
        record.wrote = pending.wanted;
    if (written_ || form.forget == nullptr) record.intended.reset();
    record.refused.reset();
    const bool is_as_wanted = written_ && (form.is_silent || knob.same(value, pending.wanted));
    note_change(pending, is_as_wanted ? pending.wanted : record.wrote);
    if (is_as_wanted) {
        if (form.is_to_come != nullptr && form.is_to_come(host_, record)) late_.push_back(pending.record);
        return Outcome::settled;
    }
    if (knob.exactness == Exactness::nearby) return Outcome::otherwise;
    if (knob.exactness == Exactness::where_possible) {
        record.refused = pending.wanted;
        refused_.push_back(pending.record);
    } else {
        fail_write(record, pending);
    }
    return Outcome::settled;
}

/// libvirt has waited long enough. The next call finds the value not written and goes on.
ValueWriter::Outcome ValueWriter::give_up(KnobRecord& record) {
    record.intended.reset();
    fail_knob(record, Error{ErrorKind::busy,
                            "no time is left for " + record.path + ": a call of libvirt's ends after " +
                                format_time(longest_call) + "; `hostlease reconcile` goes on",
                            record.path, 0});
    return Outcome::settled;
}

/// What the kernel makes of it now stands.
void ValueWriter::write_last(const PendingWrite& pending) {
    if (write_one(pending) == Outcome::settled) return;
    KnobRecord& record = record_of(pending);
    if (written_)
        record.refused = pending.wanted;
    else
        fail_write(record, pending);
}

void ValueWriter::fail_write(const KnobRecord& record, const PendingWrite& pending) {
    if (!written_) return fail_knob(record, written_.error());
    fail_knob(record, Error{ErrorKind::refused,
                            record.path + ": wrote '" + pending.wanted + "', and the kernel " +
                                (record.wrote == pending.before ? "kept '" : "made it '") + record.wrote + "'",
                            record.path, 0});
}

/// What failed is not tried again: each call of every VM would run an admin's failing program once more.
void ValueWriter::settle_unreadable(KnobRecord& record, const PendingWrite& pending) {
    record.wrote = written_ || !pending.claimed ? pending.wanted : record.baseline;
    record.intended.reset();
    record.refused.reset();
    if (written_) return;
    record.refused = pending.wanted;
    fail_knob(record, written_.error());
}

void ValueWriter::report_unmoved() {
    report_targets(refused_, "left as they are, the kernel does not move them");
    report_targets(late_, "moved, and not in effect before their next interrupt");
    refused_.clear();
    late_.clear();
}

/// One note a knob, with the first few targets.
void ValueWriter::report_targets(const std::vector<std::size_t>& records, const std::string& what) {
    constexpr std::size_t most_named = 8;
    std::map<std::string, std::vector<std::string>> targets;
    for (const auto index : records)
        targets[ledger_.content.records[index].knob].push_back(ledger_.content.records[index].target);
    for (const auto& [knob, names] : targets) {
        std::string text;
        for (std::size_t at = 0; at < std::min(names.size(), most_named); ++at)
            text += (at == 0 ? "" : ", ") + names[at];
        if (names.size() > most_named) text += ", ...";
        report_.add(Severity::note, knob + ": " + std::to_string(names.size()) + " " + what + ": " + text, knob);
    }
}

} // namespace hostlease
