// The help of `hostlease` and of its verbs.
#pragma once

#include "commands/verb.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace hostlease {

inline constexpr std::size_t line_width = 110;

/// The text in lines of `width` columns, broken at blanks; all lines except the first begin with `indent`
/// blanks.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

inline constexpr const char* help_option = "print this help";

/// The command's help: its verbs by category.
std::string help_text(std::span<const Verb* const> verbs);

/// A verb's help: a description, its options and an example.
std::string help_text(const Verb& verb, const OptionList& list);

} // namespace hostlease
