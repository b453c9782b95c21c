#include "host/trusted_program.hpp"

namespace hostlease {

namespace {
constexpr std::uint32_t others_may_write = 022;
constexpr std::uint32_t sticky = 01000;
constexpr std::uint32_t may_execute = 0111;

Status distrust(const std::string& path, std::string_view why, const std::string& remedy) {
    return fail(ErrorKind::refused, path + " " + std::string(why) + ", and it would run as root (" + remedy + ")");
}

bool is_foreign(Host& host, const FileStatus& status) { return status.owner != 0 && status.owner != host.user(); }

Status check_directories(Host& host, const std::string& path) {
    for (auto slash = path.rfind('/'); slash != 0 && slash != std::string::npos; slash = path.rfind('/', slash - 1)) {
        const std::string directory = path.substr(0, slash);
        const auto status = TRY(host.status(directory));
        if (is_foreign(host, status)) return distrust(path, "is in a directory of another user's", "chown root " + directory);
        // what root has put into a directory like /tmp, others can neither rename nor remove
        if ((status.mode & others_may_write) != 0 && (status.mode & sticky) == 0)
            return distrust(path, "is in a directory that others may write", "chmod go-w " + directory);
    }
    return {};
}
} // namespace

Status check_program(Host& host, const std::string& path) {
    const auto file = TRY(host.resolve(path));
    const auto status = TRY(host.status(file));
    if (status.type != FileStatus::Type::regular)
        return fail(ErrorKind::refused, path + " is no program (name the file that is to be run)");
    if ((status.mode & may_execute) == 0) return fail(ErrorKind::refused, path + " is not executable (chmod +x " + file + ")");
    if (is_foreign(host, status)) return distrust(path, "belongs to user " + std::to_string(status.owner), "chown root " + file);
    if ((status.mode & others_may_write) != 0) return distrust(path, "may be written by others", "chmod go-w " + file);
    return check_directories(host, file);
}

} // namespace hostlease
