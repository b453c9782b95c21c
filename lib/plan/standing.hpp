// Where a target stands between the value that is wanted and the value that it reads. Whoever acts on a
// reading or shows it decides by this alone.
#pragma once

#include "knobs/knob.hpp"
#include "model/lease.hpp"
#include "plan/wishes.hpp"

#include <string_view>

namespace hostlease {

enum class Standing {
    as_wanted,
    served,         // others have chosen it, within what the leases ask for
    refused,        // the host did not take the wanted value, and the target still reads as it did then
    to_write,       // hostlease knows the value it reads: the wanted value can be written
    cut_off,        // a write was cut off: the wanted value is to be written, whatever the target reads
    to_take_back,   // another program changed it, against what the leases ask for: it is written all the same
    foreign,        // another program changed it: left alone
    follows,        // nobody asks for it, and it may change with a leased target: the kernel's choice for now
    wanted_unknown, // its claims or its knob's targets cannot be read: left alone
    gone,           // it does not exist, and nobody misses it
    missing,        // it does not exist now, and a lease asks for it: looked at again when it is back
    asleep,         // its CPUs are offline: it can be neither read nor written until they are back
    unreadable
};

/// The standing of a target on record that reads `value`. `wish` is nullptr where no lease asks for it, and
/// `wanted` then the baseline. Of a knob that cannot be read, `value` is what the record says.
Standing standing_of(const Knob& knob, const KnobRecord& record, const Wish* wish, std::string_view wanted,
                     std::string_view value);

/// Why a target cannot be read.
struct Obstacle {
    bool is_absent = false; // there is no such file or thread
    bool is_asleep = false; // its CPUs are offline
};

/// The standing of a target on record that cannot be read: gone, missing, asleep or unreadable.
Standing standing_of(const Knob& knob, const Wish* wish, Obstacle obstacle);

/// The standing of a target without a record that reads `value`: as_wanted, served or to_write.
Standing standing_of_new(const Wish& wish, std::string_view wanted, std::string_view value,
                         const CpuRoom& room);

} // namespace hostlease
