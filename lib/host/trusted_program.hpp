// Which programs may be run as root because a policy names them.
#pragma once

#include "host/host.hpp"

#include <string>

namespace hostlease {

/// Success when `path` leads to a regular file that its owner may execute, and nobody but root and the user we run as can change
/// it or put another in its place: neither the file nor a directory or link on the way to it is theirs to change, but for directories with
/// the sticky bit. Else ErrorKind::refused with what to do, or the ErrorKind::io of the file that is not there.
Status check_program(Host& host, const std::string& path);

} // namespace hostlease
