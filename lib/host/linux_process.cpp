#include "core/parse.hpp"
#include "host/linux_host.hpp"
#include "host/process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <sys/syscall.h>
#include <unistd.h>

namespace hostlease {

namespace {
/// Whether the process has a handler for SIGHUP, according to the mask of caught signals in its status.
bool catches_hang_up(std::string_view status) {
    constexpr std::string_view label = "\nSigCgt:";
    const auto at = status.find(label);
    if (at == std::string_view::npos) return false;
    const auto rest = status.substr(at + label.size());
    const auto mask = parse_integer<std::uint64_t>(trim(rest.substr(0, rest.find('\n'))), 16);
    return mask && (*mask >> (SIGHUP - 1) & 1U) != 0;
}
} // namespace

Result<std::string> LinuxHost::this_program() {
    const std::string link = "/proc/self/exe";
    std::array<char, 4097> buffer{};
    const ssize_t length = readlink(link.c_str(), buffer.data(), buffer.size() - 1);
    if (length < 0) return fail_io("cannot read the link", link, errno);
    return std::string(buffer.data(), static_cast<std::size_t>(length));
}

Status LinuxHost::hang_up(const ProcessId& process) {
    TRY_VOID(require_machine("signals"));
    const std::string name = "process " + std::to_string(process.pid);
    // the descriptor guarantees that the checks below and the signal refer to the same process
    const UniqueFd fd(static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(process.pid), 0)));
    if (!fd.valid()) return fail_io("cannot signal", name, errno);
    if (!TRY(is_alive(*this, process))) return fail_io("cannot signal", name, ESRCH);
    if (!catches_hang_up(TRY(read("/proc/" + std::to_string(process.pid) + "/status"))))
        return fail(ErrorKind::refused, name + " does not handle SIGHUP, which would end it");
    if (syscall(SYS_pidfd_send_signal, fd.get(), SIGHUP, nullptr, 0) != 0)
        return fail_io("cannot signal", name, errno);
    return {};
}

} // namespace hostlease
