#include "engine/value_convergence.hpp"

#include "engine/neighbours.hpp"
#include "engine/timing.hpp"

#include <algorithm>

namespace hostlease {

namespace {
TargetName name_of(const KnobRecord& record) { return {record.knob, record.target}; }

bool is_immediate(const Knob& knob) { return values_only(knob) && form_of(knob.form).waits == Form::Waits::no; }
bool is_required(const Wish& wish) {
    return std::any_of(wish.claims.begin(), wish.claims.end(),
                       [](const Claim* claim) { return claim->enforce == Enforce::required; });
}

std::ptrdiff_t rank_of(const Knob* knob) {
    const auto knobs = all_knobs();
    return std::find(knobs.begin(), knobs.end(), knob) - knobs.begin();
}
} // namespace

bool is_waiting(const Knob& knob) { return values_only(knob) && form_of(knob.form).waits != Form::Waits::no; }

std::vector<KnobFailure> ValueConvergence::run() {
    if (auto locked = ledger_.may_write(); !locked) return {{{}, {}, std::move(locked).error()}};
    if (stage_ == Stage::immediate)
        run_immediate();
    else if (has_work())
        run_waiting();
    return std::move(failures_);
}

std::vector<Change> ValueConvergence::rehearse() {
    list_all();
    decide_all([&](const KnobRecord& record) { return is_by_itself(record, list_); });
    for (const auto& failure : failures_)
        report_.add(Severity::error, failure.error.text(), failure.knob, failure.target);
    std::vector<Change> changes;
    for (auto pending = pending_.rbegin(); pending != pending_.rend(); ++pending)
        if (!pending->claimed) changes.push_back(writer_.change_of(*pending));
    for (const auto& pending : pending_)
        if (pending.claimed) changes.push_back(writer_.change_of(pending));
    return changes;
}

void ValueConvergence::run_immediate() {
    list_all();
    decide_all([](const KnobRecord& record) { return record.beside.empty(); });
    writer_.write(pending_);
    look_beside();
    writer_.report_unmoved();
    note_time();
    drop_settled();
}

bool ValueConvergence::is_of_stage(const Knob& knob, bool is_claimed) const {
    const auto waits = form_of(knob.form).waits;
    if (waits == Form::Waits::no) return stage_ == Stage::immediate;
    return stage_ == ((waits == Form::Waits::before) == is_claimed ? Stage::first : Stage::last);
}

/// nullptr when the stage is not about it.
const Knob* ValueConvergence::knob_of(const KnobRecord& record) const {
    const Knob* knob = find_knob(record.knob);
    return knob != nullptr && (stage_ == Stage::immediate ? is_immediate(*knob) : is_waiting(*knob)) ? knob : nullptr;
}

/// Whether any lease or record is about what waits.
bool ValueConvergence::has_work() const {
    const auto& content = ledger_.content;
    const auto waits = [](const auto& one) {
        const Knob* knob = find_knob(one.knob);
        return knob != nullptr && is_waiting(*knob);
    };
    return std::any_of(content.records.begin(), content.records.end(), waits) ||
           std::any_of(content.leases.begin(), content.leases.end(),
                       [&](const Lease& lease) { return std::any_of(lease.claims.begin(), lease.claims.end(), waits); });
}

/// What is wanted, and a record for each target of it.
void ValueConvergence::list_all() {
    list_ = list_wishes(host_, ledger_.content, stage_ == Stage::immediate ? is_immediate : is_waiting);
    take_list();
}

/// What follows from list_.
void ValueConvergence::take_list() {
    for (auto& failure : list_.failures) {
        forgive({failure.knob, failure.target}); // of an earlier look
        failures_.push_back(std::move(failure));
    }
    for (auto& heir : list_.heirs)
        put_on_record(std::move(heir));
    list_.failures.clear();
    list_.heirs.clear();
    recorded_.clear();
    for (std::size_t index = 0; index < ledger_.content.records.size(); ++index)
        if (knob_of(ledger_.content.records[index]) != nullptr) recorded_.emplace(name_of(ledger_.content.records[index]), index);
    for (const auto& wish : list_.wishes)
        if (is_of_stage(*wish.knob, true)) adopt(wish);
}

void ValueConvergence::decide_all(const std::function<bool(const KnobRecord&)>& among) {
    pending_.clear();
    for (std::size_t index = 0; index < ledger_.content.records.size(); ++index)
        if (among(ledger_.content.records[index])) decide(index);
    const auto order = [&](const PendingWrite& pending) {
        return std::pair(pending.rank, std::string_view(ledger_.content.records[pending.record].target));
    };
    std::stable_sort(pending_.begin(), pending_.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
}

/// In place of the record of whoever had the path before.
void ValueConvergence::put_on_record(KnobRecord heir) {
    auto& records = ledger_.content.records;
    std::erase_if(records, [&](const auto& one) { return one.knob == heir.knob && one.path == heir.path; });
    records.push_back(std::move(heir));
}

void ValueConvergence::fail_knob(const std::string& knob, const std::string& target, Error error) {
    failures_.push_back({knob, target, std::move(error)});
}

/// What the target reads now, by one look at it for all that is decided: nothing is written before.
Result<std::string> ValueConvergence::read_now(const KnobRecord& record, const Form& form) {
    const auto found = list_.found.find(name_of(record));
    return found == list_.found.end() ? form.read(host_, record) : Result<std::string>(found->second);
}

/// A CPU or device was taken out meanwhile.
void ValueConvergence::warn_of_gone(const KnobRecord& record) {
    report_.add(Severity::warning, record.path + " is gone while a VM holds it; it is looked at again when it is back",
                record.knob, record.target);
}

/// The first claim on a target: what it reads now is the baseline.
void ValueConvergence::adopt(const Wish& wish) {
    const auto known = recorded_.find({std::string(wish.knob->key), wish.target});
    if (known != recorded_.end()) return adopt_neighbour(wish, known->second);
    const Form& form = form_of(wish.knob->form);
    KnobRecord record = unknown_record(*wish.knob, wish.target, wish.path);
    if (form.is_readable) {
        auto value = read_now(record, form);
        if (!value && is_missing(value.error()) && form.may_vanish) return;
        const bool may_be_absent = wish.knob->phase != Phase::started && !is_required(wish);
        if (!value && is_missing(value.error()) && may_be_absent) return warn_of_gone(record);
        if (!value) return fail_knob(record.knob, record.target, std::move(value).error());
        record.baseline = wish.knob->state_of == nullptr ? *value : std::string(wish.knob->state_of(*value));
        record.wrote = std::move(*value);
    }
    auto neighbours = neighbour_records(host_, *wish.knob, record);
    if (!neighbours) return fail_knob(record.knob, record.target, std::move(neighbours).error());
    add(std::move(record));
    for (auto& neighbour : *neighbours)
        add_beside(std::move(neighbour));
}

/// The first claim on a target that is on record beside another one: it has its baseline, and neighbours of its own.
void ValueConvergence::adopt_neighbour(const Wish& wish, std::size_t index) {
    if (wish.knob->neighbours == nullptr || ledger_.content.records[index].beside.empty()) return;
    const KnobRecord record = ledger_.content.records[index]; // a copy: records are added below
    const TargetName name = name_of(record);
    const auto is_beside_it = [&](const KnobRecord& other) {
        return std::find(other.beside.begin(), other.beside.end(), name) != other.beside.end();
    };
    if (std::any_of(ledger_.content.records.begin(), ledger_.content.records.end(), is_beside_it)) return;
    auto neighbours = neighbour_records(host_, *wish.knob, record);
    if (!neighbours) return fail_knob(record.knob, record.target, std::move(neighbours).error());
    for (auto& neighbour : *neighbours)
        add_beside(std::move(neighbour));
}

void ValueConvergence::add(KnobRecord record) {
    recorded_.emplace(name_of(record), ledger_.content.records.size());
    ledger_.content.records.push_back(std::move(record));
}

/// One that is on record already has its baseline from before.
void ValueConvergence::add_beside(KnobRecord record) {
    const auto known = recorded_.find(name_of(record));
    if (known == recorded_.end()) return add(std::move(record));
    ledger_.content.records[known->second].beside.push_back(std::move(record.beside.front()));
}

/// Once the targets are written: what has changed beside them goes back, or to what is wanted of it.
/// Settings of one driver may change each other again, and a target that was refused may come right with
/// its neighbour (writing vm.dirty_ratio makes vm.dirty_bytes 0, which the file itself refuses), so there
/// is another look until nothing is left to write; two VMs that want one thing otherwise end with the third.
void ValueConvergence::look_beside() {
    const auto is_kept = [](const KnobRecord& record) { return !record.beside.empty(); };
    if (std::none_of(ledger_.content.records.begin(), ledger_.content.records.end(), is_kept) && failures_.empty()) return;
    bool has_written = true;
    for (int looks = 0; looks < 3 && has_written; ++looks) {
        decide_all([&](const KnobRecord& record) {
            const Knob* knob = find_knob(record.knob);
            return !is_kept(record) && knob != nullptr && knob->neighbours != nullptr && forgive(name_of(record));
        });
        has_written = !pending_.empty();
        if (has_written) writer_.write(pending_);
        decide_all([&](const KnobRecord& record) {
            if (!is_kept(record)) return false;
            list_.gone.erase(name_of(record)); // settings come and go with their target's value
            forgive(name_of(record));
            return true;
        });
        if (pending_.empty()) continue;
        has_written = true;
        writer_.write(pending_);
        for (const auto& pending : pending_) // of two that set one thing the later write has changed the other
            note_value(ledger_.content.records[pending.record]);
    }
}

/// What a target that we have written reads now is ours.
void ValueConvergence::note_value(KnobRecord& record) {
    if (record.intended) return;
    if (const auto value = form_of(find_knob(record.knob)->form).read(host_, record)) record.wrote = *value;
}

/// Whether the target had failed; it is looked at anew.
bool ValueConvergence::forgive(const TargetName& name) {
    return std::erase_if(failures_, [&](const KnobFailure& one) { return one.knob == name.first && one.target == name.second; }) >
           0;
}

void ValueConvergence::decide(std::size_t index) {
    KnobRecord& record = ledger_.content.records[index];
    const Knob* knob = knob_of(record);
    if (knob == nullptr) return;
    const Wish* wish = list_.find(record);
    if (list_.unknowable.contains(record.knob) || !is_of_stage(*knob, wish != nullptr)) return;
    if (list_.gone.contains(name_of(record))) return;
    if (wish == nullptr && !ledger_.content.unreadable.empty()) return; // its claims may be in the file we could not read
    const Form& form = form_of(knob->form);
    if (wish == nullptr && list_.holds_beside(record)) return note_neighbour(host_, record);
    if (!form.is_readable && record.intended) take_as_written(record, wish != nullptr);
    const auto value = read_now(record, form);
    if (!value && is_missing(value.error()) && (wish == nullptr || form.may_vanish)) return settle_gone(record, *knob);
    if (!value && is_missing(value.error()) && knob->phase != Phase::started) return warn_of_gone(record);
    if (!value) return fail_knob(record.knob, record.target, value.error());
    const std::string wanted = list_.wanted(host_, record);
    // what is written beside the value may be of the intention still, and shows only later: a unit's drop-in
    const bool is_half_done = record.intended && wish != nullptr && form.forget != nullptr;
    if (form.is_silent ? record.wrote == wanted && !record.intended : knob->same(*value, wanted) && !is_half_done) {
        if (!form.is_silent) record.wrote = *value;
        record.intended.reset();
    } else if (wish != nullptr && wish->is_served(record, *value)) {
        record.intended.reset();
    } else if (wish != nullptr && record.refused == wanted && *value == record.wrote) {
        return; // told when it was refused; what is to go back is tried again
    } else if (form.is_silent || knob->knows(record, *value) || (wish != nullptr && knob->serves != nullptr)) {
        // what cannot be read is undone by what the record says was written; killed meanwhile, it is undone once more
        pending_.push_back({index, *value, wanted, wish != nullptr, rank_of(knob), record.intended});
        if (form.is_readable || wish != nullptr) record.intended = wanted;
    } else if (wish == nullptr && knob->serves != nullptr && record.wrote == record.baseline) {
        drifted_.insert(name_of(record)); // nothing of ours is there
    } else {
        report_drift(record, *value, wish == nullptr);
    }
}

/// A write that was cut off may have happened. It is not done once more: it is put back as if it had.
void ValueConvergence::take_as_written(KnobRecord& record, bool is_claimed) {
    record.wrote = *record.intended;
    record.intended.reset();
    if (is_claimed)
        report_.add(Severity::warning, record.path + " may have been cut off: it is taken to have run", record.knob,
                    record.target);
}

void ValueConvergence::settle_gone(KnobRecord& record, const Knob& knob) {
    // what belongs to a running QEMU goes with it: nothing to tell
    if (knob.phase != Phase::started && record.beside.empty())
        report_.add(Severity::note, record.path + " is gone; nothing to put back", record.knob, record.target);
    list_.gone.insert(name_of(record));
}

void ValueConvergence::report_drift(const KnobRecord& record, const std::string& current, bool last_claim_gone) {
    report_.add(Severity::warning,
                record.path + " is '" + current + "', neither what hostlease wrote ('" + record.wrote +
                    "') nor what it found ('" + record.baseline + "'): somebody else changed it; left alone",
                record.knob, record.target);
    if (last_claim_gone) drifted_.insert(name_of(record));
}

/// What becomes of the record of something that nobody wants.
ValueConvergence::End ValueConvergence::end_of(const KnobRecord& record) const {
    if (list_.gone.contains(name_of(record))) return End::settled;
    if (list_.find(record) != nullptr || list_.unknowable.contains(record.knob)) return End::none;
    if (!ledger_.content.unreadable.empty()) return End::none;
    if (drifted_.contains(name_of(record))) return End::settled;
    if (record.intended) return End::none;
    const Knob& knob = *find_knob(record.knob);
    if (knob.same(record.wrote, record.baseline)) return End::settled;
    if (knob.exactness == Exactness::nearby && record.refused == record.baseline) return End::settled;
    // one that cannot have its baseline now, as somebody else's partition has some of the CPUs, may have it all the same then
    const bool may_be_back = form_of(knob.form).forget != nullptr && knob.leaves_cpus;
    return may_be_back && knob.same(record.wrote, list_.wanted(host_, record)) ? End::once_forgotten : End::none;
}

/// What is kept beside a target stays as long as it does: that may be written once more, and it may have to be put back. Two that
/// are beside each other go together.
void ValueConvergence::drop_settled() {
    auto& records = ledger_.content.records;
    const auto goes = [&](const KnobRecord& record) {
        const Knob* knob = knob_of(record);
        const bool may_go = knob != nullptr && is_of_stage(*knob, false) && form_of(knob->form).forget == nullptr;
        return may_go && end_of(record) == End::settled;
    };
    if (std::none_of(records.begin(), records.end(), [](const KnobRecord& record) { return !record.beside.empty(); })) {
        std::erase_if(records, goes);
    } else {
        std::set<TargetName> staying;
        for (const auto& record : records)
            if (!goes(record)) staying.insert(name_of(record));
        const auto is_staying = [&](const TargetName& name) { return staying.contains(name); };
        const auto is_held = [&](const KnobRecord& record) {
            return std::any_of(record.beside.begin(), record.beside.end(), is_staying) && staying.insert(name_of(record)).second;
        };
        while (std::any_of(records.begin(), records.end(), is_held)) {
        }
        std::erase_if(records, [&](const KnobRecord& record) { return !is_staying(name_of(record)); });
    }
    if (const auto saved = ledger_.save_records(); !saved) report_.add(Severity::error, saved.error().text());
}

/// Before the records are saved for the last time.
void ValueConvergence::note_time() {
    report_.timing.writes += host_.now() - began_;
    if (!report_.lease.empty() && !report_.timing.operation.empty()) ledger_.note(report_.lease, timing_now(host_, report_));
}

} // namespace hostlease
