// The programs of a policy that may run as root.
#pragma once

#include "host/host.hpp"

#include <string>

namespace hostlease {

/// Success if `path` leads to a regular file that its owner may execute, and only root and the user of this
/// process can change or replace it (see TrustedFiles). Otherwise ErrorKind::refused with what to do, or
/// ErrorKind::io if the file does not exist.
Status check_program(Host& host, const std::string& path);

} // namespace hostlease
