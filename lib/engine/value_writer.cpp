#include "engine/value_writer.hpp"

#include "core/units.hpp"
#include "engine/asleep.hpp"
#include "engine/changes.hpp"
#include "engine/form.hpp"
#include "engine/neighbours.hpp"
#include "knobs/sysfs.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

namespace hostlease {

bool is_by_itself(const KnobRecord& record, const WishList& wishes) {
    return record.beside.empty() || wishes.find(record) != nullptr;
}

Attempt attempt(Host& host, const KnobRecord& record, const std::string& wanted) {
    const Form& form = form_of(find_knob(record.knob)->form);
    if (form.waits != Form::Waits::no && host.time_left().count() == 0) return {.is_given_up = true};
    Attempt result{.written = form.write(host, record, wanted)};
    if (traits_of(find_knob(record.knob)->form).echo != Echo::none) result.value = form.read(host, record);
    return result;
}

/// Saves the records. A restore matters more than its record, so it is written even if saving
/// failed.
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
    expect_changes_beside(host_, to_write, list_, ledger_.content.records, call_.report);
    const auto order = in_order(list);
    ledger_.without_precedence([&] { write_in(order); });
}

void ValueWriter::write_in(const std::vector<const PendingWrite*>& order) {
    struct Left {
        const PendingWrite* pending;
        Status written;
    };
    std::vector<Left> left;
    const auto write_one = [&](const PendingWrite* pending) {
        if (const auto tried = try_restore(*pending); !tried)
            return give_up_unreturnable(*pending, tried.error());
        auto result = attempt(host_, record_of(*pending), pending->wanted);
        if (conclude_one(*pending, result) == Outcome::otherwise)
            left.push_back({pending, std::move(result.written)});
    };
    for (const auto* pending : order)
        write_one(pending);
    // settings may bound each other: a successful write may make another possible
    for (auto before = order.size(); !left.empty() && left.size() != before;) {
        before = left.size();
        for (const auto& one : std::exchange(left, {}))
            write_one(one.pending);
    }
    for (const auto& one : left)
        end_otherwise(*one.pending, one.written);
}

/// The kernel shows some values in words that it does not accept, and a restore would fail: the "200000
/// (system)" of md's sync_speed_max, the "enabled" of binfmt_misc's status. So the first write to an
/// administrator's file is preceded by one of the file's own value. Numbers are exempt: the 0 of
/// vm.dirty_bytes is refused, but comes back through vm.dirty_ratio. Sources: sync_max_show and
/// sync_max_store of drivers/md/md.c, bm_status_read and bm_status_write of fs/binfmt_misc.c (6.12).
Status ValueWriter::try_restore(const PendingWrite& pending) {
    const KnobRecord& record = record_of(pending);
    const bool is_first = pending.claimed && record.wrote == record.baseline;
    if (!is_first || record.knob != admins_knob ||
        record.baseline.find_first_not_of("0123456789-, \t") == std::string::npos)
        return {};
    const auto written = form_of(find_knob(record.knob)->form).write(host_, record, record.baseline);
    return written || written.error().errno_value != EINVAL ? Status{} : written;
}

void ValueWriter::give_up_unreturnable(const PendingWrite& pending, const Error& error) {
    KnobRecord& record = record_of(pending);
    record.intended.reset();
    fail_knob(record, Error{ErrorKind::refused,
                            record.path + " does not accept its own value '" + record.baseline +
                                "', so hostlease could not restore it",
                            record.path, error.errno_value});
}

std::vector<Errand> ValueWriter::begin(const std::vector<PendingWrite>& list) {
    std::vector<Errand> errands;
    for (const auto* pending : in_order(list))
        errands.push_back({*pending, record_of(*pending)});
    return errands;
}

void ValueWriter::conclude(const Errand& errand) {
    if (conclude_one(errand.pending, errand.attempt) == Outcome::otherwise)
        fail_write(record_of(errand.pending), errand.pending, errand.attempt.written);
}

Change ValueWriter::change_of(const PendingWrite& pending) const {
    const KnobRecord& record = ledger_.content.records[pending.record];
    return hostlease::change_of(record, list_.find(record), pending.before, pending.wanted);
}

void ValueWriter::note_change(const PendingWrite& pending, const std::string& now) {
    if (!call_.changes || !is_by_itself(record_of(pending), list_)) return;
    Change change = change_of(pending);
    change.to = now;
    add_change(std::move(change), *call_.changes);
}

void ValueWriter::fail_knob(const KnobRecord& record, Error error) {
    failures_.push_back({record.knob, record.target, std::move(error)});
}

ValueWriter::Outcome ValueWriter::conclude_one(const PendingWrite& pending, const Attempt& result) {
    KnobRecord& record = record_of(pending);
    const Knob& knob = *find_knob(record.knob);
    const FormTraits traits = traits_of(knob.form);
    if (result.is_given_up) return give_up(record);
    if (result.written)
        ++(pending.claimed ? call_.report.deeds.values_set : call_.report.deeds.values_put_back);
    if (traits.echo == Echo::none) {
        settle_unreadable(record, pending, result.written);
        return Outcome::settled;
    }
    const auto& value = result.value;
    if (value) return settle(pending, result.written, *value);
    if (is_missing(value.error()) && (traits.may_vanish || knob.exactness == Exactness::where_possible))
        list_.gone.emplace(record.knob, record.target); // it disappeared meanwhile
    else
        fail_or_sleep(record, pending, value.error()); // the result is unknown, so the intention stays
    return Outcome::settled;
}

/// Evaluates the target's value after the write.
ValueWriter::Outcome ValueWriter::settle(const PendingWrite& pending, const Status& written,
                                         const std::string& value) {
    KnobRecord& record = record_of(pending);
    const Knob& knob = *find_knob(record.knob);
    const Form& form = form_of(knob.form);
    const FormTraits traits = traits_of(knob.form);
    const bool is_silent = traits.echo == Echo::silent;
    if (!is_silent)
        record.wrote = value;
    else if (written)
        record.wrote = pending.wanted;
    if (written || !traits.leaves_more) record.intended.reset();
    const bool was_refused = record.refused == pending.wanted;
    record.refused.reset();
    const bool is_same = is_silent || knob.same(value, pending.wanted);
    const bool is_as_wanted = written && (is_same || reads_as(value, pending.wanted));
    if (is_as_wanted && !is_same) record.refused = pending.wanted; // spelt otherwise: do not write again
    if (written) note_change(pending, is_as_wanted ? pending.wanted : record.wrote);
    if (is_as_wanted) {
        if (form.is_to_come != nullptr && form.is_to_come(host_, record)) late_.push_back(pending.record);
        return Outcome::settled;
    }
    if (knob.exactness != Exactness::where_possible) return Outcome::otherwise;
    record.refused = pending.wanted;
    refused_.push_back(pending.record);
    // After a second refusal, the value is not ours: only the kernel sets the mask of a managed interrupt.
    // Source: write_irq_affinity, kernel/irq/proc.c (EIO); the lab's 6.12 kernel of Debian 13 returns EPERM.
    const int error = written ? 0 : written.error().errno_value;
    if (was_refused && !pending.claimed && (error == EIO || error == EPERM))
        list_.gone.emplace(record.knob, record.target);
    return Outcome::settled;
}

/// libvirt has waited long enough. The next call finds the value unwritten and continues.
ValueWriter::Outcome ValueWriter::give_up(KnobRecord& record) {
    record.intended.reset();
    fail_knob(record, Error{ErrorKind::busy,
                            "no time is left for " + record.path + ": a call of libvirt's ends after " +
                                format_time(longest_call) + "; `hostlease reconcile` goes on",
                            record.path, 0});
    return Outcome::settled;
}

/// Accepts the kernel's own value if the knob allows a different one; otherwise the write has failed.
void ValueWriter::end_otherwise(const PendingWrite& pending, const Status& written) {
    KnobRecord& record = record_of(pending);
    const auto exactness = find_knob(record.knob)->exactness;
    const bool is_near =
        pending.claimed && exactness == Exactness::rounded && is_rounded(record.wrote, pending.wanted);
    if (!written || (exactness != Exactness::nearby && !is_near)) return fail_write(record, pending, written);
    record.refused = pending.wanted;
    if (is_near)
        call_.report.add(Severity::note,
                         record.path + ": the kernel rounds '" + pending.wanted + "' to '" + record.wrote +
                             "'",
                         record.knob, record.target);
}

/// A target that must be restored but is asleep with its CPU is no failure; it stays on record for a later
/// call.
void ValueWriter::fail_or_sleep(const KnobRecord& record, const PendingWrite& pending, const Error& error) {
    const CpuSet sleeping = pending.claimed ? CpuSet{} : sleeping_cpus(host_, record.path);
    if (sleeping.empty()) return fail_knob(record, error);
    call_.report.add(Severity::warning, asleep_text(record, sleeping), record.knob, record.target);
}

void ValueWriter::fail_write(const KnobRecord& record, const PendingWrite& pending, const Status& written) {
    if (!written) return fail_or_sleep(record, pending, written.error());
    fail_knob(record,
              Error{ErrorKind::refused,
                    record.path + ": wrote '" + pending.wanted + "', and the kernel " +
                        (record.wrote == pending.before ? "kept '" : "made it '") + record.wrote + "'",
                    record.path, 0});
}

/// A failure is not retried: otherwise each call of every VM would run an admin's failing program again.
void ValueWriter::settle_unreadable(KnobRecord& record, const PendingWrite& pending, const Status& written) {
    if (written) note_change(pending, pending.wanted);
    record.wrote = written || !pending.claimed ? pending.wanted : record.baseline;
    record.intended.reset();
    record.refused.reset();
    if (written) return;
    record.refused = pending.wanted;
    fail_knob(record, written.error());
}

void ValueWriter::report_unmoved() {
    report_targets(refused_, "left as they are, the kernel does not move them");
    report_targets(late_, "moved, and not in effect before their next interrupt");
    refused_.clear();
    late_.clear();
}

/// One note per knob, with the first few targets.
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
        call_.report.add(Severity::note,
                         knob + ": " + std::to_string(names.size()) + " " + what + ": " + text, knob);
    }
}

} // namespace hostlease
