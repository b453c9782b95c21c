// The settings that this host applies by sysctl.d(5).
#pragma once

#include "host/host.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// A line that takes effect: the last one for its file below /proc/sys.
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

/// The settings that `sysctl --system` would apply. It reads the files of all folders in the order of their
/// names; of files with the same name, only the one in the first folder counts. /etc/sysctl.conf comes last.
/// Invalid lines and names with wildcards are ignored. Source: sysctl.d(5) of systemd 252; sysctl(8) of
/// procps 4.0, --system; sysctl.conf(5).
SysctlFiles read_sysctl_files(Host& host);

} // namespace hostlease
