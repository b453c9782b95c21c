// `suggest --cmdline`.
#pragma once

#include "suggest_request.hpp"

namespace hostlease {

/// ErrorKind::usage for options that contradict --cmdline.
Status check_boot_options(const SuggestOptions& options);

/// Prints the kernel's command line for the named VMs, or for all defined VMs.
ExitCode run_suggest_boot(Host& host, const SuggestOptions& options);

} // namespace hostlease
