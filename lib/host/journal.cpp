#include "host/journal.hpp"

#include "host/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

namespace hostlease {

namespace {
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// The socket of a logging service. All entries of a process together wait at most half a second for the
/// service, because libvirt waits for this process, and the host for libvirt.
class LogSocket {
  public:
    explicit LogSocket(const char* path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
        for (const int type : {SOCK_DGRAM, SOCK_STREAM}) { // some syslog daemons use a stream socket
            UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
                fd_ = std::move(fd);
                is_stream_ = type == SOCK_STREAM;
                return;
            }
            if (errno != EPROTOTYPE) return;
        }
    }

    [[nodiscard]] bool is_open() const { return fd_.valid(); }
    [[nodiscard]] bool is_stream() const { return is_stream_; }

    /// 0, or the errno of a failed send.
    int send(std::string_view text) {
        iovec data{const_cast<char*>(text.data()), text.size()};
        msghdr message{};
        message.msg_iov = &data;
        message.msg_iovlen = 1;
        return send(message);
    }

    int send(const msghdr& message) {
        while (sendmsg(fd_.get(), &message, MSG_NOSIGNAL) < 0)
            if (errno != EINTR && (errno != EAGAIN || !wait_for_room())) return errno;
        return 0;
    }

  private:
    bool wait_for_room() {
        const auto began = Clock::now();
        pollfd event{fd_.get(), POLLOUT, 0};
        const int ready = poll(&event, 1, static_cast<int>(std::max<std::int64_t>(0, left_.count())));
        left_ -= std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - began);
        errno = EAGAIN;
        return ready > 0;
    }

    UniqueFd fd_;
    bool is_stream_ = false;
    std::chrono::milliseconds left_ = 500ms;
};

/// Sends an entry that is too large for a datagram in a sealed memory file, which nobody can change any more.
void send_in_file(LogSocket& journal, std::string_view text) {
    const UniqueFd file(memfd_create("hostlease-journal", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file.valid() || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return;
    if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) return;
    const int fd = file.get();
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fd)> control{};
    msghdr message{};
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    journal.send(message);
}

/// Adds "NAME=value"; for a value of several lines, adds its length before it, in 8 little-endian bytes.
void add_field(std::string& text, std::string_view name, std::string_view value) {
    text += name;
    if (value.find('\n') == std::string_view::npos) {
        text += '=';
    } else {
        text += '\n';
        for (unsigned byte = 0; byte < 8; ++byte)
            text += static_cast<char>(static_cast<std::uint64_t>(value.size()) >> (8 * byte));
    }
    text += value;
    text += '\n';
}

/// In the format of glibc's syslog(3): RFC 3164.
void send_to_syslog(JournalPriority priority, const std::string& message,
                    std::span<const JournalField> fields) {
    static LogSocket syslog("/dev/log");
    if (!syslog.is_open()) return;
    std::string line = message;
    for (const auto& [name, value] : fields)
        line += " " + std::string(name) + "=" + value;
    // users choose the names of VMs: no line in them may look like an entry of hostlease
    for (char& c : line)
        if (static_cast<unsigned char>(c) < ' ') c = '?';
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    std::array<char, 32> time{};
    if (localtime_r(&now, &parts) == nullptr ||
        std::strftime(time.data(), time.size(), "%h %e %T", &parts) == 0)
        return;
    line = "<" + std::to_string(LOG_DAEMON | static_cast<int>(priority)) + ">" + time.data() + " hostlease[" +
           std::to_string(getpid()) + "]: " + line;
    if (syslog.is_stream()) line += '\0';
    syslog.send(line);
}
} // namespace

void send_to_journal(JournalPriority priority, const std::string& message,
                     std::span<const JournalField> fields) {
    static LogSocket journal("/run/systemd/journal/socket");
    if (!journal.is_open()) return send_to_syslog(priority, message, fields);
    std::string text;
    add_field(text, "MESSAGE", message);
    add_field(text, "PRIORITY", std::to_string(static_cast<int>(priority)));
    add_field(text, "SYSLOG_IDENTIFIER", "hostlease");
    for (const auto& [name, value] : fields)
        add_field(text, name, value);
    if (const int error = journal.send(text); error == EMSGSIZE || error == ENOBUFS)
        send_in_file(journal, text);
}

} // namespace hostlease
