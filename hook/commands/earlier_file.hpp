// An earlier result that `report` and `measure` compare with.
#pragma once

#include "command.hpp"

namespace hostlease {

/// The text of --baseline; a diagnostic if it cannot be read, or is too large for a `noun`.
tl::expected<std::string, Diagnostic> read_earlier_file(const std::string& file, const std::string& noun);

} // namespace hostlease
