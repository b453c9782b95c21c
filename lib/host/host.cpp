#include "host/host.hpp"

#include "core/parse.hpp"

#include <cerrno>

namespace hostlease {

Result<std::optional<std::string>> Host::read_if_present(const std::string& path) {
    auto text = read(path);
    if (!text && is_missing(text.error())) return std::optional<std::string>{};
    return std::optional(TRY(std::move(text)));
}

Result<std::string> Host::read_line(const std::string& path) {
    const auto text = TRY(read_if_present(path));
    return text ? std::string(trim(*text)) : std::string();
}

Result<CpuSet> Host::read_cpu_list(const std::string& path) {
    auto cpus = parse_cpu_list(TRY(read_line(path)));
    if (!cpus) return fail_io(cpus.error().message, path, 0);
    return cpus;
}

Result<std::vector<std::string>> Host::list_if_present(const std::string& directory) {
    auto names = list(directory);
    if (!names && is_missing(names.error())) return std::vector<std::string>{};
    return names;
}

Result<bool> Host::exists(const std::string& path) {
    const auto found = status(path);
    if (!found && is_missing(found.error())) return false;
    TRY_VOID(found);
    return true;
}

WriteOutcome Host::write_and_read(const std::string& path, std::string_view text,
                                  const std::vector<std::string>& others) {
    WriteOutcome outcome{write(path, text), {}};
    outcome.texts.push_back(read(path));
    for (const auto& other : others)
        outcome.texts.push_back(read(other));
    return outcome;
}

/// Files of sysfs and of cgroups fail with ENODEV if their directory was removed after they were opened.
/// ENXIO is not included: it comes from device nodes and FIFOs, which are never opened here. Source:
/// fs/kernfs/file.c, kernfs_seq_start(), kernfs_file_read_iter() and kernfs_fop_write_iter() (6.1, 6.12);
/// proc(5) for ESRCH.
bool is_missing(const Error& error) {
    const int number = error.errno_value;
    return number == ENOENT || number == ENOTDIR || number == ESRCH || number == ENODEV;
}

} // namespace hostlease
