// What a convergence changes, for output.
#pragma once

#include "model/plan.hpp"
#include "plan/wishes.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// The change of a target from its current to its wanted value, and the reason: the granted claim. Without a
/// wish, the target returns to its baseline.
Change change_of(const KnobRecord& record, const Wish* wish, const std::string& from, const std::string& to);

/// Two writes to a target in one call are one change.
void add_change(Change change, std::vector<Change>& changes);

} // namespace hostlease
