// What hostlease has logged, read back from the system journal.
#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace hostlease {

struct JournalEntry {
    std::int64_t time_usec = 0; // since 1970
    // a field that comes more than once has its values joined by ", "
    std::map<std::string, std::string, std::less<>> fields{};

    /// "" when there is none.
    [[nodiscard]] const std::string& get(std::string_view field) const;
};

struct JournalQuery {
    std::string root = "/";
    std::string domain;          // HOSTLEASE_DOMAIN; "": of all
    std::string boot_id;         // "": of all boots
    std::int64_t since_usec = 0; // since 1970
};

/// Gives `take` the entries of SYSLOG_IDENTIFIER=hostlease that root has logged, oldest first: anybody may
/// write into the journal. Below another root than / the files of ROOT/run/log/journal and
/// ROOT/var/log/journal are read. ErrorKind::unsupported where there is no libsystemd, or no journal that
/// this user can read. Source: sd-journal(3), sd_journal_open(3), systemd 252.
Status read_journal(const JournalQuery& query, const std::function<void(const JournalEntry&)>& take);

} // namespace hostlease
