// The system journal, or syslog where there is none.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace hostlease {

/// Severity numbers of syslog(3).
enum class JournalPriority { error = 3, warning = 4, notice = 5, info = 6 };

using JournalField = std::pair<std::string_view, std::string>;

/// Sends one entry: MESSAGE, PRIORITY, SYSLOG_IDENTIFIER=hostlease and `fields`. Without a journal socket the message and the fields
/// go to syslog(3) as one line. Never fails and never blocks a VM: an entry that cannot be sent is lost.
/// libsystemd is opened at the first call, not when the program starts. Source: sd_journal_sendv(3), systemd 252.
void send_to_journal(JournalPriority priority, const std::string& message, std::span<const JournalField> fields);

} // namespace hostlease
