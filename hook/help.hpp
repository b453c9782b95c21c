// The help of `hostlease` and of its verbs.
#pragma once

#include "commands/verb.hpp"

#include <span>
#include <string>

namespace hostlease {

inline constexpr const char* help_option = "print this help";

/// The command's help: its verbs by category.
std::string help_text(std::span<const Verb* const> verbs);

/// A verb's help: a description, its options and an example.
std::string help_text(const Verb& verb, const OptionList& list);

} // namespace hostlease
