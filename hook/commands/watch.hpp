#pragma once

#include "core/error.hpp"
#include "exit_code.hpp"

#include <functional>
#include <string>

namespace hostlease {

/// Prints the text of `draw` at this interval until a signal ends it. On a terminal: on the cleared alternate
/// screen, cut to its number of lines; otherwise one text after the other, separated by empty lines. Prints
/// an error like a text, because it may be temporary.
ExitCode watch(unsigned seconds, const std::function<Result<std::string>()>& draw);

} // namespace hostlease
