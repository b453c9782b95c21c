// Relates the current value of a target to the wanted one. All code that acts on a current value, or shows
// it, decides by the standing alone.
#pragma once

#include "knobs/knob.hpp"
#include "model/lease.hpp"
#include "plan/wishes.hpp"

#include <string_view>

namespace hostlease {

enum class Standing {
    as_wanted,
    served,         // others have chosen it, within the limits of all claims
    refused,        // the host rejected the wanted value, and the target has not changed since
    to_write,       // hostlease knows the current value: the wanted value can be written
    cut_off,        // a write was interrupted: write the wanted value, whatever the target reads
    to_take_back,   // another program violated the claims: write the wanted value nevertheless
    foreign,        // another program changed it: leave it alone
    follows,        // no lease claims it, but a leased target may change it: for now, the kernel decides
    wanted_unknown, // its claims or its knob's targets cannot be read: leave it alone
    gone,           // it does not exist, and no lease needs it
    missing,        // a lease claims it, but it does not exist now: check again when it is back
    asleep,         // its CPUs are offline: it can be neither read nor written until they are back
    unreadable
};

/// The standing of a recorded target that reads `value`. If no lease claims it, `wish` is nullptr and
/// `wanted` the baseline. For a knob that cannot be read, `value` is the record's.
Standing standing_of(const Knob& knob, const KnobRecord& record, const Wish* wish, std::string_view wanted,
                     std::string_view value);

/// Why a target cannot be read.
struct Obstacle {
    bool is_absent = false; // the file or thread does not exist
    bool is_asleep = false; // its CPUs are offline
};

/// The standing of a recorded target that cannot be read: gone, missing, asleep or unreadable.
Standing standing_of(const Knob& knob, const Wish* wish, Obstacle obstacle);

/// The standing of a target without a record that reads `value`: as_wanted, served or to_write.
Standing standing_of_new(const Wish& wish, std::string_view wanted, std::string_view value,
                         const CpuRoom& room);

} // namespace hostlease
