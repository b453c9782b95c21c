// The lists of a policy: [[sysfs]] and [[command]].
#pragma once

#include "core/diagnostic.hpp"
#include "model/policy.hpp"
#include "text/value.hpp"

#include <span>

namespace hostlease {

/// Adds the elements of `list`, whose key is "sysfs" or "command", to the policy, and their errors to
/// `diagnostics`. `keys` is the whole policy language.
void read_policy_entries(const ValueEntry& list, std::span<const KeySpec> keys, Policy& policy,
                         Diagnostics& diagnostics);

} // namespace hostlease
