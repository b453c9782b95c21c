#include "host/journal.hpp"

#include "host/libsystemd.hpp"

#include <array>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>
#include <vector>

namespace hostlease {

namespace {
using SendFunction = int(const iovec*, int);

SendFunction* find_send() {
    if (access("/run/systemd/journal/socket", W_OK) != 0) return nullptr;
    return find_in_libsystemd<SendFunction>("sd_journal_sendv");
}

void send_to_syslog(JournalPriority priority, const std::string& message, std::span<const JournalField> fields) {
    if (access("/dev/log", W_OK) != 0) return; // syslog(3) looks at more before it finds that nobody listens
    std::string line = message;
    for (const auto& [name, value] : fields)
        line += " " + std::string(name) + "=" + value;
    // names of VMs are other people's text: no line of theirs may look like an entry of ours
    for (char& c : line)
        if (static_cast<unsigned char>(c) < ' ') c = '?';
    openlog("hostlease", LOG_PID, LOG_DAEMON);
    syslog(static_cast<int>(priority), "%s", line.c_str());
}
} // namespace

void send_to_journal(JournalPriority priority, const std::string& message, std::span<const JournalField> fields) {
    static SendFunction* const send = find_send();
    if (send == nullptr) {
        send_to_syslog(priority, message, fields);
        return;
    }
    std::vector<std::string> lines{"MESSAGE=" + message, "PRIORITY=" + std::to_string(static_cast<int>(priority)),
                                   "SYSLOG_IDENTIFIER=hostlease"};
    for (const auto& [name, value] : fields)
        lines.push_back(std::string(name) + "=" + value);
    std::vector<iovec> parts;
    parts.reserve(lines.size());
    for (auto& line : lines)
        parts.push_back({line.data(), line.size()});
    send(parts.data(), static_cast<int>(parts.size()));
}

} // namespace hostlease
