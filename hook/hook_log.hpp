#pragma once

#include "hook_call.hpp"

namespace hostlease {

/// Sends the call's results to the journal: one entry for each entry of its report, with HOSTLEASE_DOMAIN,
/// HOSTLEASE_UUID, HOSTLEASE_OPERATION and, if the entry belongs to a knob, HOSTLEASE_KNOB and
/// HOSTLEASE_TARGET. Entries that differ only in the CPU or the like are one, with a HOSTLEASE_TARGET for
/// each target. The last entry is for the whole call, with a MESSAGE_ID of host/journal.hpp,
/// HOSTLEASE_DURATION_USEC and its parts. Sends nothing for a call that did not concern us.
void log_hook(Host& host, const HookCall& call, const HookOutcome& outcome);

} // namespace hostlease
