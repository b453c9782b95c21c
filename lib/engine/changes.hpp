// What a convergence changes, for those who show it.
#pragma once

#include "model/plan.hpp"
#include "plan/wishes.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// The change of a target from what it reads to what is wanted, and the reason: the claim that is granted.
/// Without a wish it goes back.
Change change_of(const KnobRecord& record, const Wish* wish, const std::string& from, const std::string& to);

/// A target that is written twice in a call is one change.
void add_change(Change change, std::vector<Change>& changes);

} // namespace hostlease
