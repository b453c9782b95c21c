// [report] of a policy: the targets that `hostlease report` compares figures with.
#pragma once

#include "core/diagnostic.hpp"
#include "model/policy.hpp"
#include "text/value.hpp"

#include <span>

namespace hostlease {

/// Adds the targets of `entry`, whose key is "report", to the policy, and their errors to `diagnostics`.
/// `keys` is the whole policy language.
void read_report_targets(const ValueEntry& entry, std::span<const KeySpec> keys, Policy& policy,
                         Diagnostics& diagnostics);

} // namespace hostlease
