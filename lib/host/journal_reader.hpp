// Reads hostlease's entries from the system journal.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace hostlease {

struct JournalEntry {
    std::int64_t time_usec = 0; // since 1970
    // the values of a repeated field are joined by ", "
    std::map<std::string, std::string, std::less<>> fields{};

    /// "" if the entry has no such field.
    [[nodiscard]] const std::string& get(std::string_view field) const;
};

struct JournalQuery {
    std::string root = "/";
    std::string domain;          // HOSTLEASE_DOMAIN; "" for all
    std::string boot_id;         // "" for all boots
    std::int64_t since_usec = 0; // since 1970
};

/// Passes the entries with SYSLOG_IDENTIFIER=hostlease that root has logged to `take`, oldest first. Entries
/// of other users are ignored, because anybody may write to the journal. For a root other than /, reads the
/// files of ROOT/run/log/journal and ROOT/var/log/journal. ErrorKind::unsupported if there is no libsystemd,
/// or no journal that this user can read. Source: sd-journal(3), sd_journal_open(3), systemd 252.
Status read_journal(const JournalQuery& query, const std::function<void(const JournalEntry&)>& take);

} // namespace hostlease
