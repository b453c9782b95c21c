#pragma once

#include "core/error.hpp"
#include "exit_code.hpp"

#include <functional>
#include <string>

namespace hostlease {

/// Prints the text of `draw` every so many seconds until a signal ends it: on a terminal on a cleared second
/// screen, as many lines as it has; else one after the other with an empty line between. An error is shown
/// like a result, since it may pass.
ExitCode watch(unsigned seconds, const std::function<Result<std::string>()>& draw);

} // namespace hostlease
