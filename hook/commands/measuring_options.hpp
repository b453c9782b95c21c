// Options that report and measure share.
#pragma once

#include "command.hpp"

namespace hostlease {

/// --seconds, 1 to 3600; else ErrorKind::usage.
Result<unsigned> seconds_to_measure(const CommandOptions& options);

/// The text of --baseline; a diagnostic when it cannot be read, or is larger than a `noun` can be.
tl::expected<std::string, Diagnostic> read_earlier_file(const std::string& file, const std::string& noun);

} // namespace hostlease
