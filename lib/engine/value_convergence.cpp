#include "engine/value_convergence.hpp"

#include "engine/asleep.hpp"
#include "engine/neighbours.hpp"

#include <algorithm>
#include <utility>

namespace hostlease {

namespace {
bool is_immediate(const Knob& knob) { return form_of(knob.form).waits == Form::Waits::no; }

bool is_required(const Wish& wish) {
    return std::any_of(wish.claims.begin(), wish.claims.end(),
                       [](const Claim* claim) { return claim->enforce == Enforce::required; });
}

std::ptrdiff_t rank_of(const Knob* knob) {
    const auto knobs = all_knobs();
    return std::find(knobs.begin(), knobs.end(), knob) - knobs.begin();
}
} // namespace

bool is_waiting(const Knob& knob) { return !is_immediate(knob); }

std::vector<KnobFailure> ValueConvergence::run() {
    if (auto locked = ledger_.may_write(); !locked) return {{{}, {}, std::move(locked).error()}};
    if (stage_ == Stage::immediate)
        run_immediate();
    else if (has_work())
        run_waiting();
    return std::move(failures_);
}

std::vector<Change> ValueConvergence::rehearse() {
    const auto absent = list_all();
    const auto list = decide_all([&](const KnobRecord& record) { return is_by_itself(record, list_); });
    if (list.empty()) adopt_absent(absent); // pending writes may create them
    report_asleep();
    for (const auto& failure : failures_)
        call_.report.add(Severity::error, failure.error.text(), failure.knob, failure.target);
    std::vector<Change> changes;
    for (auto pending = list.rbegin(); pending != list.rend(); ++pending)
        if (!pending->claimed) changes.push_back(writer_.change_of(*pending));
    for (const auto& pending : list)
        if (pending.claimed) changes.push_back(writer_.change_of(pending));
    return changes;
}

void ValueConvergence::run_immediate() {
    const auto absent = list_all();
    writer_.write(decide_all([](const KnobRecord& record) { return record.beside.empty(); }));
    const auto known = ledger_.content.records.size();
    adopt_absent(absent);
    const auto came = decide_all([&](const KnobRecord& record) {
        return record.beside.empty() && &record >= ledger_.content.records.data() + known;
    });
    if (!came.empty()) writer_.write(came);
    wake();
    look_beside();
    report_asleep();
    writer_.report_unmoved();
    note_time();
    drop_settled();
}

bool ValueConvergence::is_of_stage(const Knob& knob, bool is_claimed) const {
    const auto waits = form_of(knob.form).waits;
    if (waits == Form::Waits::no) return stage_ == Stage::immediate;
    return stage_ == ((waits == Form::Waits::before) == is_claimed ? Stage::first : Stage::last);
}

/// nullptr if the stage does not handle this knob.
const Knob* ValueConvergence::knob_of(const KnobRecord& record) const {
    const Knob* knob = find_knob(record.knob);
    return knob != nullptr && (stage_ == Stage::immediate ? is_immediate(*knob) : is_waiting(*knob))
               ? knob
               : nullptr;
}

/// Whether any lease or record involves a knob that waits.
bool ValueConvergence::has_work() const {
    const auto& content = ledger_.content;
    const auto waits = [](const auto& one) {
        const Knob* knob = find_knob(one.knob);
        return knob != nullptr && is_waiting(*knob);
    };
    return std::any_of(content.records.begin(), content.records.end(), waits) ||
           std::any_of(content.leases.begin(), content.leases.end(), [&](const Lease& lease) {
               return std::any_of(lease.claims.begin(), lease.claims.end(), waits);
           });
}

/// Lists the wanted values and adds a record for each of their targets. Returns those whose targets do not
/// exist yet, but may once the others are written.
std::vector<const Wish*> ValueConvergence::list_all() {
    return take_list(
        list_wishes(host_, ledger_.content, stage_ == Stage::immediate ? is_immediate : is_waiting));
}

std::vector<const Wish*> ValueConvergence::take_list(WishList list) {
    list_ = std::move(list);
    for (auto& failure : list_.failures) {
        forgive({failure.knob, failure.target}); // from an earlier look
        failures_.push_back(std::move(failure));
    }
    for (auto& heir : list_.heirs)
        put_on_record(std::move(heir));
    for (auto& one : list_.warnings)
        call_.report.add(one.severity, std::move(one.message), std::move(one.knob));
    list_.failures.clear();
    list_.warnings.clear();
    list_.heirs.clear();
    recorded_.clear();
    for (std::size_t index = 0; index < ledger_.content.records.size(); ++index)
        if (knob_of(ledger_.content.records[index]) != nullptr)
            recorded_.emplace(name_of(ledger_.content.records[index]), index);
    std::vector<const Wish*> absent;
    for (const auto& wish : list_.wishes)
        if (is_of_stage(*wish.knob, true)) adopt(wish, stage_ == Stage::immediate ? &absent : nullptr);
    return absent;
}

/// Sorted by the registry's order, then by target.
std::vector<PendingWrite> ValueConvergence::decide_all(const std::function<bool(const KnobRecord&)>& among) {
    std::vector<PendingWrite> list;
    for (std::size_t index = 0; index < ledger_.content.records.size(); ++index)
        if (among(ledger_.content.records[index]))
            if (auto pending = decide(index)) list.push_back(std::move(*pending));
    const auto order = [&](const PendingWrite& pending) {
        return std::pair(pending.rank, std::string_view(ledger_.content.records[pending.record].target));
    };
    std::stable_sort(list.begin(), list.end(),
                     [&](const auto& a, const auto& b) { return order(a) < order(b); });
    return list;
}

/// Replaces the record of the path's former owner.
void ValueConvergence::put_on_record(KnobRecord heir) {
    auto& records = ledger_.content.records;
    std::erase_if(records, [&](const auto& one) { return one.knob == heir.knob && one.path == heir.path; });
    records.push_back(std::move(heir));
}

void ValueConvergence::fail_knob(const std::string& knob, const std::string& target, Error error) {
    failures_.push_back({knob, target, std::move(error)});
}

/// A CPU or device was removed meanwhile.
void ValueConvergence::warn_of_gone(const KnobRecord& record) {
    call_.report.add(
        Severity::warning,
        record.path + " no longer exists although a VM holds it; hostlease checks it again when it returns",
        record.knob, record.target);
}

/// The first claim on a target: its current value becomes the baseline. A target that does not exist yet
/// joins `absent`, which is nullptr at the last look.
void ValueConvergence::adopt(const Wish& wish, std::vector<const Wish*>* absent) {
    const auto known = recorded_.find({std::string(wish.knob->key), wish.target});
    if (known != recorded_.end()) return adopt_neighbour(wish, known->second);
    const FormTraits traits = traits_of(wish.knob->form);
    KnobRecord record = unknown_record(*wish.knob, wish.target, wish.path);
    if (traits.echo != Echo::none) {
        auto value = read_now(host_, record, list_);
        if (!value && is_missing(value.error()) && traits.may_vanish) return;
        if (!value && is_missing(value.error()) && absent != nullptr) return absent->push_back(&wish);
        const bool may_be_absent = wish.knob->phase != Phase::started && !is_required(wish);
        if (!value && is_missing(value.error()) && may_be_absent) return warn_of_gone(record);
        if (!value) return fail_knob(record.knob, record.target, std::move(value).error());
        record.baseline = wish.knob->state_of == nullptr ? *value : std::string(wish.knob->state_of(*value));
        record.wrote = std::move(*value);
    }
    auto neighbours = neighbour_records(host_, *wish.knob, record);
    if (!neighbours) return fail_knob(record.knob, record.target, std::move(neighbours).error());
    join_absent_neighbours(*wish.knob, record, ledger_.content.records);
    const TargetName name = name_of(record);
    add(std::move(record));
    for (const auto& neighbour : *neighbours)
        add_beside(neighbour);
    join_neighbours(name, *neighbours, ledger_.content.records);
}

bool ValueConvergence::has_neighbours(const TargetName& name) const {
    const auto is_beside_it = [&](const KnobRecord& other) {
        return std::find(other.beside.begin(), other.beside.end(), name) != other.beside.end();
    };
    return std::any_of(ledger_.content.records.begin(), ledger_.content.records.end(), is_beside_it);
}

/// The first claim on a target that is already on record beside another: it has a baseline, but needs records
/// of its own neighbours.
void ValueConvergence::adopt_neighbour(const Wish& wish, std::size_t index) {
    if (wish.knob->neighbours == nullptr || ledger_.content.records[index].beside.empty()) return;
    const KnobRecord record = ledger_.content.records[index]; // a copy: records are added below
    if (has_neighbours(name_of(record))) return;
    auto neighbours = neighbour_records(host_, *wish.knob, record);
    if (!neighbours) return fail_knob(record.knob, record.target, std::move(neighbours).error());
    join_absent_neighbours(*wish.knob, record, ledger_.content.records);
    for (auto& neighbour : *neighbours)
        add_beside(std::move(neighbour));
}

/// Files that belong to a scheduler or a governor exist once it is written. A file that is still missing is
/// reported, or is a failure.
void ValueConvergence::adopt_absent(const std::vector<const Wish*>& absent) {
    for (const Wish* wish : absent)
        adopt(*wish, nullptr);
}

void ValueConvergence::add(KnobRecord record) {
    recorded_.emplace(name_of(record), ledger_.content.records.size());
    ledger_.content.records.push_back(std::move(record));
}

/// A record that already exists keeps its baseline.
void ValueConvergence::add_beside(KnobRecord record) {
    const auto known = recorded_.find(name_of(record));
    if (known == recorded_.end()) return add(std::move(record));
    auto& beside = ledger_.content.records[known->second].beside;
    if (std::find(beside.begin(), beside.end(), record.beside.front()) == beside.end())
        beside.push_back(std::move(record.beside.front()));
}

/// The pending write for the target's current value, with its intention in the record; none if there is
/// nothing to write.
std::optional<PendingWrite> ValueConvergence::decide(std::size_t index) {
    KnobRecord& record = ledger_.content.records[index];
    const Knob* knob = knob_of(record);
    if (knob == nullptr || !is_of_stage(*knob, list_.find(record) != nullptr)) return {};
    Look look = look_at(host_, ledger_.content, record, list_);
    const Echo echo = traits_of(knob->form).echo;
    switch (look.standing) {
    case Standing::as_wanted:
        if (echo != Echo::silent) record.wrote = std::move(*look.value);
        record.intended.reset();
        return {};
    case Standing::served:
        record.intended.reset();
        if (look.wish == nullptr) drifted_.insert(name_of(record)); // the value is not ours
        return {};
    case Standing::cut_off:
        if (echo != Echo::none) break;
        take_as_written(record, look.wish != nullptr);
        return decide(index);
    case Standing::to_write:
    case Standing::to_take_back: break;
    case Standing::foreign: report_drift(record, *look.value, look.wish == nullptr); return {};
    case Standing::follows: note_neighbour(host_, record); return {};
    case Standing::gone: settle_gone(record, *knob); return {};
    case Standing::missing: warn_of_gone(record); return {};
    case Standing::asleep: // not a failure: the record has the intended value
        asleep_.insert_or_assign(name_of(record), asleep_text(record, look.sleeping));
        return {};
    case Standing::unreadable: fail_knob(record.knob, record.target, std::move(look.error)); return {};
    case Standing::refused: // it was reported at that time
    case Standing::wanted_unknown: return {};
    }
    return intend(index, std::move(look));
}

PendingWrite ValueConvergence::intend(std::size_t index, Look look) {
    KnobRecord& record = ledger_.content.records[index];
    const Knob* knob = find_knob(record.knob);
    const bool is_claimed = look.wish != nullptr;
    PendingWrite pending{index,      std::move(*look.value), look.wanted,
                         is_claimed, rank_of(knob),          record.intended};
    // a target that the host cannot read back is undone according to the record; if the call is killed
    // meanwhile, it is undone again
    if (is_claimed || traits_of(knob->form).echo != Echo::none) record.intended = std::move(look.wanted);
    return pending;
}

/// An interrupted write may have happened. It is not repeated, but later undone as if it had succeeded.
void ValueConvergence::take_as_written(KnobRecord& record, bool is_claimed) {
    record.wrote = *record.intended;
    record.intended.reset();
    if (is_claimed)
        call_.report.add(Severity::warning,
                         record.path + " may have been interrupted; hostlease assumes that it ran",
                         record.knob, record.target);
}

void ValueConvergence::settle_gone(KnobRecord& record, const Knob& knob) {
    if (!list_.gone.insert(name_of(record)).second) return;
    // such a target ends with its QEMU: nothing to report
    if (knob.phase != Phase::started && record.beside.empty())
        call_.report.add(Severity::note, record.path + " no longer exists; nothing to restore", record.knob,
                         record.target);
}

void ValueConvergence::report_drift(const KnobRecord& record, const std::string& current,
                                    bool last_claim_gone) {
    call_.report.add(Severity::warning,
                     record.path + " is '" + current + "', neither what hostlease wrote ('" + record.wrote +
                         "') nor what it found ('" + record.baseline +
                         "'): another program changed it; left alone",
                     record.knob, record.target);
    if (last_claim_gone) drifted_.insert(name_of(record));
}

/// What happens to the record of a target that no lease claims.
ValueConvergence::End ValueConvergence::end_of(const KnobRecord& record) const {
    if (list_.gone.contains(name_of(record))) return End::settled;
    if (list_.find(record) != nullptr || list_.unknowable.contains(record.knob)) return End::none;
    if (!ledger_.content.unreadable.empty()) return End::none;
    if (drifted_.contains(name_of(record))) return End::settled;
    if (record.intended) return End::none;
    const Knob& knob = *find_knob(record.knob);
    if (knob.same(record.wrote, record.baseline)) return End::settled;
    if (knob.exactness == Exactness::nearby && record.refused == record.baseline) return End::settled;
    // a target whose baseline is not possible now, because another program's partition has some of the CPUs,
    // may still get it when the rest is forgotten
    const bool may_be_back = traits_of(knob.form).leaves_more && knob.leaves_cpus;
    return may_be_back && knob.same(record.wrote, list_.wanted(host_, record)) ? End::once_forgotten
                                                                               : End::none;
}

/// Records beside a target stay as long as the target's: it may be written again, and its neighbours may have
/// to be restored. Two records that are beside each other are removed together.
void ValueConvergence::drop_settled() {
    auto& records = ledger_.content.records;
    const auto goes = [&](const KnobRecord& record) {
        const Knob* knob = knob_of(record);
        const bool may_go =
            knob != nullptr && is_of_stage(*knob, false) && !traits_of(knob->form).leaves_more;
        return may_go && end_of(record) == End::settled;
    };
    if (std::none_of(records.begin(), records.end(),
                     [](const KnobRecord& record) { return !record.beside.empty(); })) {
        std::erase_if(records, goes);
    } else {
        std::set<TargetName> staying;
        for (const auto& record : records)
            if (!goes(record)) staying.insert(name_of(record));
        const auto is_staying = [&](const TargetName& name) { return staying.contains(name); };
        const auto is_held = [&](const KnobRecord& record) {
            return std::any_of(record.beside.begin(), record.beside.end(), is_staying) &&
                   staying.insert(name_of(record)).second;
        };
        while (std::any_of(records.begin(), records.end(), is_held)) {
        }
        std::erase_if(records, [&](const KnobRecord& record) { return !is_staying(name_of(record)); });
    }
    if (const auto saved = ledger_.save_records(); !saved)
        call_.report.add(Severity::error, saved.error().text());
}

/// Called before the records are saved for the last time.
void ValueConvergence::note_time() {
    call_.timing.writes += host_.now() - began_;
    if (!call_.lease.empty() && !call_.timing.operation.empty())
        ledger_.note(call_.lease, timing_now(host_, call_));
}

} // namespace hostlease
