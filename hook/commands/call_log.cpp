#include "call_log.hpp"

#include "core/parse.hpp"
#include "host/journal.hpp"
#include "model/policy.hpp"

#include <map>
#include <utility>

namespace hostlease {

namespace {
Severity severity_of(const std::string& priority) {
    const auto number = parse_integer<int>(priority).value_or(static_cast<int>(JournalPriority::info));
    if (number <= static_cast<int>(JournalPriority::error)) return Severity::error;
    return number == static_cast<int>(JournalPriority::warning) ? Severity::warning : Severity::note;
}

LoggedCall::Result result_of(const JournalEntry& entry) {
    const std::string& id = entry.get("MESSAGE_ID");
    if (id == message_refused) return LoggedCall::Result::refused;
    return id == message_failed ? LoggedCall::Result::failed : LoggedCall::Result::done;
}

/// The message without its prefix, such as "start of VM 'win11': ".
std::string what_of(const JournalEntry& entry) {
    const std::string& message = entry.get("MESSAGE");
    const std::string prefix =
        entry.get("HOSTLEASE_OPERATION") + " of VM '" + entry.get("HOSTLEASE_DOMAIN") + "': ";
    return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

class Reader {
  public:
    void take(const JournalEntry& entry) {
        if (entry.get("HOSTLEASE_OPERATION").empty()) return; // from the command, not from the hook
        const std::pair process{entry.get("_BOOT_ID"), entry.get("_PID")};
        const auto [open, is_new] = open_.emplace(process, calls.size());
        if (!is_new && !belongs(entry, calls[open->second])) open->second = calls.size();
        if (open->second == calls.size()) calls.emplace_back().time_usec = entry.time_usec;
        LoggedCall& call = calls[open->second];
        call.domain = entry.get("HOSTLEASE_DOMAIN");
        call.uuid = entry.get("HOSTLEASE_UUID");
        call.operation = entry.get("HOSTLEASE_OPERATION");
        const auto usec = [&](std::string_view field) {
            return parse_integer<std::int64_t>(entry.get(field));
        };
        call.duration_usec = usec("HOSTLEASE_DURATION_USEC");
        if (!call.duration_usec) {
            call.notes.push_back({severity_of(entry.get("PRIORITY")), what_of(entry),
                                  entry.get("HOSTLEASE_KNOB"), entry.get("HOSTLEASE_TARGET")});
            return;
        }
        call.result = result_of(entry);
        call.message = what_of(entry);
        call.lock_usec = usec("HOSTLEASE_LOCK_USEC").value_or(0);
        call.pages_usec = usec("HOSTLEASE_PAGES_USEC").value_or(0);
        call.writes_usec = usec("HOSTLEASE_WRITES_USEC").value_or(0);
        open_.erase(open);
    }

    std::vector<LoggedCall> calls;

  private:
    /// A call that was killed has no last entry, and a later call may have its process number.
    static bool belongs(const JournalEntry& entry, const LoggedCall& call) {
        constexpr std::chrono::microseconds longest = 2 * longest_call;
        return entry.get("HOSTLEASE_DOMAIN") == call.domain && entry.get("HOSTLEASE_UUID") == call.uuid &&
               entry.get("HOSTLEASE_OPERATION") == call.operation &&
               entry.time_usec - call.time_usec <= longest.count();
    }

    std::map<std::pair<std::string, std::string>, std::size_t> open_;
};
} // namespace

std::string_view to_text(LoggedCall::Result result) {
    switch (result) {
    case LoggedCall::Result::done: return "done";
    case LoggedCall::Result::refused: return "refused";
    case LoggedCall::Result::failed: return "failed";
    case LoggedCall::Result::cut_off: return "cut off";
    }
    return "";
}

Result<std::vector<LoggedCall>> read_calls(const JournalQuery& query) {
    Reader reader;
    TRY_VOID(read_journal(query, [&](const JournalEntry& entry) { reader.take(entry); }));
    return std::move(reader.calls);
}

} // namespace hostlease
