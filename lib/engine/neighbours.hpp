// The neighbours of a target: files that the kernel may change when the target is written. They are on record
// beside it.
#pragma once

#include "engine/wish_list.hpp"

#include <set>
#include <vector>

namespace hostlease {

/// A record for each neighbour that the host has now, with what it reads as its baseline. When one exists and
/// cannot be read, the error: what is not saved could not be put back.
Result<std::vector<KnobRecord>> neighbour_records(Host& host, const Knob& knob, const KnobRecord& record);

/// Neighbours that are on record and that the host has not got now, as they come and go with another target,
/// are beside `record` as well.
void join_absent_neighbours(const Knob& knob, const KnobRecord& record, std::vector<KnobRecord>& records);

/// The neighbours of the target `name` that are neighbours of each other are on record as that, too: what
/// goes back may change another one that is back already.
void join_neighbours(const TargetName& name, const std::vector<KnobRecord>& neighbours,
                     std::vector<KnobRecord>& records);

/// Before `to_write` are: a write may change its neighbours and be cut off, so from now on whatever they read
/// is ours to put right. What somebody else has chosen for a neighbour that no VM claims is theirs to keep:
/// it takes the place of the baseline, and is reported.
void expect_changes_beside(Host& host, const std::set<TargetName>& to_write, const WishList& wishes,
                           std::vector<KnobRecord>& records, Report& report);

/// After the write, while its target is leased: what the neighbour reads is the kernel's choice. When it
/// cannot be read it stays as expected.
void note_neighbour(Host& host, KnobRecord& record);

} // namespace hostlease
