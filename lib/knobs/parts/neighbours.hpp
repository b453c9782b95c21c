// Other files that a write to a target changes, for more than one knob.
#pragma once

#include "knobs/knob.hpp"

#include <vector>

namespace hostlease {

/// The two files that set how much energy a cpufreq policy saves; both belong to the policy of the record's
/// file. A CPU without EPP has only the bias; its preference shows and sets the two highest bits of the bias.
/// Source: intel_pstate_set_energy_pref_index, drivers/cpufreq/intel_pstate.c (6.12).
std::vector<Neighbour> preference_files(const KnobRecord& record);

/// For a file under /sys or /proc/sys that is itself a target.
std::vector<Neighbour> neighbours_of_file(const KnobRecord& record);

} // namespace hostlease
