// The looks after the writes: at what has changed beside the targets, and at what slept before.
#include "engine/value_convergence.hpp"

#include <algorithm>
#include <utility>

namespace hostlease {

/// Once the targets are written: what has changed beside them goes back, or to what is wanted of it.
/// Settings of one driver may change each other again, and a target that was refused may come right with
/// its neighbour (writing vm.dirty_ratio makes vm.dirty_bytes 0, which the file itself refuses), so there
/// is another look until nothing is left to write; two VMs that want one thing otherwise end with the third.
void ValueConvergence::look_beside() {
    const auto is_kept = [](const KnobRecord& record) { return !record.beside.empty(); };
    if (std::none_of(ledger_.content.records.begin(), ledger_.content.records.end(), is_kept) &&
        failures_.empty())
        return;
    bool has_written = true;
    for (int looks = 0; looks < 3 && has_written; ++looks) {
        const auto failed = decide_all([&](const KnobRecord& record) {
            const Knob* knob = find_knob(record.knob);
            return !is_kept(record) && knob != nullptr && knob->neighbours != nullptr &&
                   forgive(name_of(record));
        });
        has_written = !failed.empty();
        if (has_written) writer_.write(failed);
        const auto beside = decide_all([&](const KnobRecord& record) {
            if (!is_kept(record) || drifted_.contains(name_of(record))) return false;
            list_.gone.erase(name_of(record)); // settings come and go with their target's value
            forgive(name_of(record));
            return true;
        });
        if (beside.empty()) continue;
        has_written = true;
        writer_.write(beside);
        // of two that set one thing the later write has changed the other
        for (const auto& pending : beside) {
            note_value(ledger_.content.records[pending.record]);
            leave_with_target(ledger_.content.records[pending.record]);
        }
    }
}

/// Under a value that another program has given the target, a neighbour may take no write: drivers refuse an
/// energy preference under the governor performance. Then it is left to that program as well.
void ValueConvergence::leave_with_target(KnobRecord& record) {
    const auto target = std::find_if(record.beside.begin(), record.beside.end(),
                                     [&](const TargetName& name) { return drifted_.contains(name); });
    if (target == record.beside.end() || list_.find(record) != nullptr || !forgive(name_of(record))) return;
    record.intended.reset();
    drifted_.insert(name_of(record));
    report_.add(Severity::warning,
                record.path + " stays '" + record.wrote + "', not '" + record.baseline +
                    "': it takes no write, as another program changed " + target->first + " of " +
                    target->second,
                record.knob, record.target);
}

/// What slept before the writes may be awake after them: a policy can put CPUs offline, and its release
/// brings them back.
void ValueConvergence::wake() {
    const auto sleepers = std::exchange(asleep_, {});
    if (sleepers.empty()) return;
    const auto awake =
        decide_all([&](const KnobRecord& record) { return sleepers.contains(name_of(record)); });
    if (!awake.empty()) writer_.write(awake);
}

void ValueConvergence::report_asleep() {
    for (const auto& [name, text] : std::exchange(asleep_, {}))
        report_.add(Severity::warning, text, name.first, name.second);
}

/// What a target that we have written reads now is ours.
void ValueConvergence::note_value(KnobRecord& record) {
    if (record.intended) return;
    if (const auto value = form_of(find_knob(record.knob)->form).read(host_, record)) record.wrote = *value;
}

/// Whether the target had failed; it is looked at anew.
bool ValueConvergence::forgive(const TargetName& name) {
    return std::erase_if(failures_, [&](const KnobFailure& one) {
               return one.knob == name.first && one.target == name.second;
           }) > 0;
}

} // namespace hostlease
