// Answers shells' completion requests: `hostlease __complete WORD... CURRENT`.
#pragma once

#include "commands/verb.hpp"

#include <span>
#include <string>
#include <vector>

namespace hostlease {

inline constexpr const char* completion_verb = "__complete";

/// The candidates for the last of these words, one per line, followed by a tab and a description. The lines
/// "\tfiles" and "\tfolders" ask the shell to complete a path. The shell drops candidates that do not begin
/// with the last word. A source that fails, such as libvirt, yields no candidates.
std::string completion_text(std::span<const Verb* const> verbs, const std::vector<std::string>& words);

} // namespace hostlease
