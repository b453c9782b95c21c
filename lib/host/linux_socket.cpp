// Sends a short request to a service that listens on a socket in the file system.
#include "host/linux_host.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace hostlease {

namespace {
using namespace std::chrono_literals;

/// One second, or the rest of the call's time. 0 would mean forever: SO_SNDTIMEO, socket(7).
timeval patience(std::chrono::microseconds left) {
    const auto time = std::clamp<std::chrono::microseconds>(left, 1us, 1s);
    return {time / 1s, (time % 1s).count()};
}

/// Sends the request with our own credentials, by which services check the caller.
Status send_request(int fd, std::string_view request, const std::string& path) {
    iovec data{const_cast<char*>(request.data()), request.size()};
    const ucred credentials{getpid(), geteuid(), getegid()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof credentials)> control{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_CREDENTIALS;
    header->cmsg_len = CMSG_LEN(sizeof credentials);
    std::memcpy(CMSG_DATA(header), &credentials, sizeof credentials);
    if (sendmsg(fd, &message, MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
        return fail_io("cannot write to", path, errno);
    return {};
}
} // namespace

Status LinuxHost::tell(const std::string& socket, std::string_view request) {
    const UniqueFd file = TRY(open_path(socket, O_PATH, Links::follow));
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.valid()) return fail_io("cannot connect to", socket, errno);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // this path is inside the root, and short enough
    const std::string name = "/proc/self/fd/" + std::to_string(file.get());
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    const timeval longest = patience(time_left());
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return fail_io("cannot connect to", socket, errno);
    return send_request(fd.get(), request, socket);
}

} // namespace hostlease
