// The neighbours of a target: files that the kernel may change when the target is written. They are on record
// as being beside the target.
#pragma once

#include "engine/wish_list.hpp"

#include <set>
#include <vector>

namespace hostlease {

/// A record for each existing neighbour, with its current value as the baseline. Fails if a neighbour exists
/// but cannot be read, because an unsaved value could not be restored.
Result<std::vector<KnobRecord>> neighbour_records(Host& host, const Knob& knob, const KnobRecord& record);

/// Records of neighbours that do not exist now, because they appear and disappear with another target, are
/// put beside `record` as well.
void join_absent_neighbours(const Knob& knob, const KnobRecord& record, std::vector<KnobRecord>& records);

/// Notes in the records which neighbours of the target `name` are also neighbours of each other: restoring
/// one may change another that is already restored.
void join_neighbours(const TargetName& name, const std::vector<KnobRecord>& neighbours,
                     std::vector<KnobRecord>& records);

/// Called before `to_write` is written: a write may change its neighbours and be interrupted, so from now on
/// their values are ours to restore. If another program has changed a neighbour that no VM claims, that value
/// replaces the baseline, and this is reported.
void expect_changes_beside(Host& host, const std::set<TargetName>& to_write, const WishList& wishes,
                           std::vector<KnobRecord>& records, Report& report);

/// After the write, while the target is leased: the neighbour's current value is the kernel's choice. If it
/// cannot be read, the expectation stays.
void note_neighbour(Host& host, KnobRecord& record);

} // namespace hostlease
