// The system journal, or syslog if there is no journal.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace hostlease {

/// Severity numbers of syslog(3).
enum class JournalPriority { error = 3, warning = 4, notice = 5, info = 6 };

/// MESSAGE_ID of the last entry of each call of the hook: the call succeeded, it refused the VM's start, or
/// it failed at an event whose failure libvirt ignores. Source: journald's catalog format, sd-id128(3).
inline constexpr const char* message_done = "62e9926c7be14c0090e3c4452e9bcdd3";
inline constexpr const char* message_refused = "1e66942375b84bac97d03d4aad982c1c";
inline constexpr const char* message_failed = "b3148fd5cd7741e19166d319ba3f1404";

using JournalField = std::pair<std::string_view, std::string>;

/// Sends one entry: MESSAGE, PRIORITY, SYSLOG_IDENTIFIER=hostlease and `fields`. Without a journal socket,
/// the message and the fields go to syslog as one line. Never fails and never delays a VM: entries that the
/// service does not accept within half a second, for all entries of this process together, are lost.
/// sd_journal_sendv(3) and syslog(3) would wait forever for a service that hangs.
/// Source: systemd.io/JOURNAL_NATIVE_PROTOCOL, systemd 252; RFC 3164.
void send_to_journal(JournalPriority priority, const std::string& message,
                     std::span<const JournalField> fields);

} // namespace hostlease
