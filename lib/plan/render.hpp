// Plans as people and programs read them.
#pragma once

#include "model/plan.hpp"

#include <string>

namespace hostlease {

/// The pools and changes as aligned text, notes left out.
std::string render_text(const Plan& plan);

/// {"domain","uuid","policy","changes":[...],"pools":[...],"warnings":[...],"errors":[...]}; notes are strings.
std::string render_json(const Plan& plan);

} // namespace hostlease
