// The help of `hostlease` and of its verbs.
#pragma once

#include "commands/verb.hpp"

#include <span>
#include <string>

namespace hostlease {

inline constexpr const char* help_option = "print this help";

/// Of the command: its verbs by category.
std::string help_text(std::span<const Verb* const> verbs);

/// Of a verb: what it does, its options and an example.
std::string help_text(const Verb& verb, const OptionList& list);

} // namespace hostlease
