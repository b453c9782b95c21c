#include "host/journal_reader.hpp"

#include "host/libsystemd.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string_view>
#include <systemd/sd-journal.h>

namespace hostlease {

namespace {
/// The functions of libsystemd used here.
struct Calls {
    decltype(&sd_journal_open) open = find_in_libsystemd<decltype(sd_journal_open)>("sd_journal_open");
    decltype(&sd_journal_open_directory) open_directory =
        find_in_libsystemd<decltype(sd_journal_open_directory)>("sd_journal_open_directory");
    decltype(&sd_journal_close) close = find_in_libsystemd<decltype(sd_journal_close)>("sd_journal_close");
    decltype(&sd_journal_has_runtime_files) has_runtime =
        find_in_libsystemd<decltype(sd_journal_has_runtime_files)>("sd_journal_has_runtime_files");
    decltype(&sd_journal_has_persistent_files) has_persistent =
        find_in_libsystemd<decltype(sd_journal_has_persistent_files)>("sd_journal_has_persistent_files");
    decltype(&sd_journal_add_match) add_match =
        find_in_libsystemd<decltype(sd_journal_add_match)>("sd_journal_add_match");
    decltype(&sd_journal_seek_realtime_usec) seek =
        find_in_libsystemd<decltype(sd_journal_seek_realtime_usec)>("sd_journal_seek_realtime_usec");
    decltype(&sd_journal_next) next = find_in_libsystemd<decltype(sd_journal_next)>("sd_journal_next");
    decltype(&sd_journal_get_realtime_usec) time =
        find_in_libsystemd<decltype(sd_journal_get_realtime_usec)>("sd_journal_get_realtime_usec");
    decltype(&sd_journal_restart_data) restart_data =
        find_in_libsystemd<decltype(sd_journal_restart_data)>("sd_journal_restart_data");
    decltype(&sd_journal_enumerate_data) enumerate_data =
        find_in_libsystemd<decltype(sd_journal_enumerate_data)>("sd_journal_enumerate_data");

    [[nodiscard]] bool are_there() const {
        return open != nullptr && open_directory != nullptr && close != nullptr && has_runtime != nullptr &&
               has_persistent != nullptr && add_match != nullptr && seek != nullptr && next != nullptr &&
               time != nullptr && restart_data != nullptr && enumerate_data != nullptr;
    }
};

class Journal {
  public:
    Journal(const Calls& calls, const std::string& root) : calls_(calls), root_(root) {
        status_ = root == "/" ? calls_.open(&journal_, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM)
                              : calls_.open_directory(&journal_, root.c_str(), SD_JOURNAL_OS_ROOT);
    }
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    ~Journal() {
        if (status_ >= 0) calls_.close(journal_);
    }

    /// False also if there is no journal, or none that this user may read.
    [[nodiscard]] bool is_open() const {
        if (status_ < 0) return false;
        if (root_ == "/") return calls_.has_runtime(journal_) > 0 || calls_.has_persistent(journal_) > 0;
        std::error_code error; // std::filesystem: these two functions accept no other root (252)
        return std::filesystem::exists(root_ + "/run/log/journal", error) ||
               std::filesystem::exists(root_ + "/var/log/journal", error);
    }

    Status read(const JournalQuery& query, const std::function<void(const JournalEntry&)>& take) {
        // "Storage=volatile" and the like do not matter here: all files of this machine are read as one
        // journal
        add_match("SYSLOG_IDENTIFIER", "hostlease");
        add_match("_UID", "0");
        if (!query.domain.empty()) add_match("HOSTLEASE_DOMAIN", query.domain);
        if (!query.boot_id.empty()) add_match("_BOOT_ID", query.boot_id);
        calls_.seek(journal_, static_cast<std::uint64_t>(std::max<std::int64_t>(query.since_usec, 0)));
        int more = 0;
        while ((more = calls_.next(journal_)) > 0)
            take(entry());
        if (more < 0) return fail_io("cannot read the journal", {}, -more);
        return {};
    }

  private:
    void add_match(const char* field, const std::string& value) {
        const std::string match = std::string(field) + "=" + value;
        calls_.add_match(journal_, match.data(), match.size());
    }

    JournalEntry entry() {
        JournalEntry entry;
        std::uint64_t time = 0;
        if (calls_.time(journal_, &time) >= 0) entry.time_usec = static_cast<std::int64_t>(time);
        const void* data = nullptr;
        std::size_t length = 0;
        calls_.restart_data(journal_);
        while (calls_.enumerate_data(journal_, &data, &length) > 0) {
            const std::string_view text(static_cast<const char*>(data), length);
            const auto equals = text.find('=');
            if (equals == std::string_view::npos) continue;
            auto& value = entry.fields[std::string(text.substr(0, equals))];
            value += (value.empty() ? "" : ", ") + std::string(text.substr(equals + 1));
        }
        return entry;
    }

    const Calls& calls_;
    const std::string& root_;
    sd_journal* journal_ = nullptr;
    int status_ = -1;
};
} // namespace

const std::string& JournalEntry::get(std::string_view field) const {
    static const std::string nothing;
    const auto found = fields.find(field);
    return found == fields.end() ? nothing : found->second;
}

Status read_journal(const JournalQuery& query, const std::function<void(const JournalEntry&)>& take) {
    const Calls calls;
    if (!calls.are_there()) return fail(ErrorKind::unsupported, "no journal: libsystemd is not installed");
    Journal journal(calls, query.root);
    if (!journal.is_open()) {
        const std::string root = query.root == "/" ? "" : query.root;
        return fail(ErrorKind::unsupported, "no journal that you can read in " + root +
                                                "/run/log/journal or " + root + "/var/log/journal");
    }
    return journal.read(query, take);
}

} // namespace hostlease
