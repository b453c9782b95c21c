#include "host/host.hpp"

#include <cerrno>

namespace hostlease {

WriteOutcome Host::write_and_read(const std::string& path, std::string_view text, const std::vector<std::string>& others) {
    WriteOutcome outcome{write(path, text), {}};
    outcome.texts.push_back(read(path));
    for (const auto& other : others)
        outcome.texts.push_back(read(other));
    return outcome;
}

/// ENODEV is what the files of sysfs and of cgroups answer when their directory has gone since they were
/// opened. ENXIO is left out: it comes from device nodes and FIFOs, which are never opened here. Source:
/// fs/kernfs/file.c, kernfs_seq_start(), kernfs_file_read_iter() and kernfs_fop_write_iter() (6.1, 6.12);
/// proc(5) for ESRCH.
bool is_missing(const Error& error) {
    const int number = error.errno_value;
    return number == ENOENT || number == ENOTDIR || number == ESRCH || number == ENODEV;
}

} // namespace hostlease
