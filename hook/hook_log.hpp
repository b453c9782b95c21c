#pragma once

#include "hook_call.hpp"

#include <chrono>

namespace hostlease {

/// Sends what the call did to the journal: one entry for each entry of its report and one for the call as a whole, with the fields
/// HOSTLEASE_DOMAIN, HOSTLEASE_UUID, HOSTLEASE_OPERATION, HOSTLEASE_KNOB, HOSTLEASE_DURATION_USEC. Nothing for a call that did not concern us.
void log_hook(const HookCall& call, const HookOutcome& outcome, std::chrono::microseconds duration);

} // namespace hostlease
