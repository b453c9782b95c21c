// What more than one knob's writes change beside them.
#pragma once

#include "knobs/knob.hpp"

#include <vector>

namespace hostlease {

/// The two ways to say how much energy a cpufreq policy saves; both are of the policy that the record's file
/// is in. A CPU without EPP has only the bias, of which the preference shows and sets the two highest bits.
/// Source: intel_pstate_set_energy_pref_index, drivers/cpufreq/intel_pstate.c (6.12).
std::vector<Neighbour> preference_files(const KnobRecord& record);

/// Of a file under /sys or /proc/sys that is a target by itself.
std::vector<Neighbour> neighbours_of_file(const KnobRecord& record);

} // namespace hostlease
