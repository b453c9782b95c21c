// An unset cpuset.cpus or cpuset.mems cannot be unset again while its cgroup has tasks: up to 6.12 the kernel
// refuses it with ENOSPC, and later ones leave the tasks where they are. All CPUs or nodes have the same
// effect. Source: validate_change of kernel/cgroup/cpuset.c (6.12), "can't be changed to have empty
// cpus_allowed".
#pragma once

#include "host/host.hpp"

#include <string>

namespace hostlease {

/// Whether the path is such a file.
bool is_cpuset(const std::string& path);

/// Whether the value has the effect of an unset file: it is empty, or all CPUs or nodes.
Result<bool> is_as_unset(Host& host, const std::string& path, const std::string& value);

/// Moves the tasks, and then clears the file if the kernel does.
Status unset_cpuset(Host& host, const std::string& path);

} // namespace hostlease
