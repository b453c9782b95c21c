// Plans as people and programs read them.
#pragma once

#include "model/plan.hpp"
#include "read/toml.hpp"

#include <span>
#include <string>

namespace hostlease {

/// The pools and changes as aligned text, notes left out.
std::string render_text(const Plan& plan);

/// Changes of no one plan, in their order: "nothing to change" or aligned text.
std::string render_text(std::span<const Change> changes);

/// The same as rows for JSON.
TomlArray change_rows(std::span<const Change> changes);

/// {"domain","uuid","policy","changes":[...],"pools":[...],"warnings":[...],"errors":[...]}; notes are strings.
std::string render_json(const Plan& plan);

} // namespace hostlease
