#include "host/trusted_program.hpp"

#include "host/trusted_file.hpp"

namespace hostlease {

Status check_program(Host& host, const std::string& path) {
    constexpr std::uint32_t may_execute = 0111;
    TRY_VOID(host.resolve(path)); // fails if the file does not exist
    const auto file = TrustedFiles(host).find(path);
    if (!file)
        return fail(ErrorKind::refused, path + " " + file.error().why +
                                            (file.error().remedy.empty() ? ""
                                                                         : ", and it would run as root (" +
                                                                               file.error().remedy + ")"));
    if (file->status.type != FileStatus::Type::regular)
        return fail(ErrorKind::refused, path + " is not a program (name the file to run)");
    if ((file->status.mode & may_execute) == 0)
        return fail(ErrorKind::refused, path + " is not executable (chmod +x " + file->path + ")");
    return {};
}

} // namespace hostlease
