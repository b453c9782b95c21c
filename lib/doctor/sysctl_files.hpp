// The settings that sysctl.d(5) has this host apply.
#pragma once

#include "host/host.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// A line that takes effect: of several for one file below /proc/sys the last one.
struct SysctlLine {
    std::string file;
    unsigned line = 0;
    std::string name; // "vm.nr_hugepages"
    std::string path; // "/proc/sys/vm/nr_hugepages"
    std::string value;
    bool operator==(const SysctlLine&) const = default;
};

struct SysctlFiles {
    std::vector<SysctlLine> lines;     // by path
    std::vector<std::string> problems; // files and folders that could not be read
};

/// What `sysctl --system` would set. Files of all folders go by their names; of those with one name the first
/// folder's counts, and /etc/sysctl.conf comes last. Lines that end in an error do not count, nor do names
/// with wildcards. Source: sysctl.d(5) of systemd 252; sysctl(8) of procps 4.0, --system; sysctl.conf(5).
SysctlFiles read_sysctl_files(Host& host);

} // namespace hostlease
