// Checks after the writes: values that changed beside the targets, and targets that were asleep before.
#include "engine/value_convergence.hpp"

#include <algorithm>
#include <utility>

namespace hostlease {

/// After the targets are written, restores the values that changed beside them, or writes their wanted
/// values. Settings of one driver may change each other again, and a refused target may succeed after its
/// neighbour was written (writing vm.dirty_ratio sets vm.dirty_bytes to 0, which its own file refuses). So
/// the check is repeated until nothing is left to write, at most three times, in case two VMs want different
/// values.
void ValueConvergence::look_beside() {
    const auto is_kept = [](const KnobRecord& record) { return !record.beside.empty(); };
    if (std::none_of(ledger_.content.records.begin(), ledger_.content.records.end(), is_kept) &&
        failures_.empty())
        return;
    bool has_written = true;
    for (int looks = 0; looks < 3 && has_written; ++looks) {
        const auto failed = decide_all([&](const KnobRecord& record) {
            return !is_kept(record) && has_neighbours(name_of(record)) && forgive(name_of(record));
        });
        has_written = !failed.empty();
        if (has_written) writer_.write(failed);
        const auto beside = decide_all([&](const KnobRecord& record) {
            if (!is_kept(record) || drifted_.contains(name_of(record))) return false;
            list_.gone.erase(name_of(record)); // settings appear and disappear with their target's value
            forgive(name_of(record));
            return true;
        });
        if (beside.empty()) continue;
        has_written = true;
        writer_.write(beside);
        // if two files set one thing, the later write has changed the earlier file
        for (const auto& pending : beside) {
            note_value(ledger_.content.records[pending.record]);
            leave_with_target(ledger_.content.records[pending.record]);
        }
    }
}

/// After another program changed the target, a neighbour may reject writes: drivers refuse an energy
/// preference under the governor performance. The neighbour is then left to that program as well.
void ValueConvergence::leave_with_target(KnobRecord& record) {
    const auto target = std::find_if(record.beside.begin(), record.beside.end(),
                                     [&](const TargetName& name) { return drifted_.contains(name); });
    if (target == record.beside.end() || list_.find(record) != nullptr || !forgive(name_of(record))) return;
    record.intended.reset();
    drifted_.insert(name_of(record));
    call_.report.add(Severity::warning,
                     record.path + " stays '" + record.wrote + "', not '" + record.baseline +
                         "': it takes no write, as another program changed " + target->first + " of " +
                         target->second,
                     record.knob, record.target);
}

/// Writes targets that were asleep before the writes and are awake now: a policy can put CPUs offline, and
/// its release brings them back.
void ValueConvergence::wake() {
    const auto sleepers = std::exchange(asleep_, {});
    if (sleepers.empty()) return;
    const auto awake =
        decide_all([&](const KnobRecord& record) { return sleepers.contains(name_of(record)); });
    if (!awake.empty()) writer_.write(awake);
}

void ValueConvergence::report_asleep() {
    for (const auto& [name, text] : std::exchange(asleep_, {}))
        call_.report.add(Severity::warning, text, name.first, name.second);
}

/// The current value of a target that we have written counts as ours.
void ValueConvergence::note_value(KnobRecord& record) {
    if (record.intended) return;
    if (const auto value = form_of(find_knob(record.knob)->form).read(host_, record)) record.wrote = *value;
}

/// Whether the target had failed; the failure is removed, and the target is checked anew.
bool ValueConvergence::forgive(const TargetName& name) {
    return std::erase_if(failures_, [&](const KnobFailure& one) {
               return one.knob == name.first && one.target == name.second;
           }) > 0;
}

} // namespace hostlease
