#include "hook_log.hpp"

#include "engine/folded_report.hpp"
#include "host/journal.hpp"

#include <vector>

namespace hostlease {

namespace {
JournalPriority priority_of(Severity severity) {
    switch (severity) {
    case Severity::note: return JournalPriority::info;
    case Severity::warning: return JournalPriority::warning;
    case Severity::error: return JournalPriority::error;
    }
    return JournalPriority::error;
}

struct End {
    const char* message_id;
    JournalPriority priority;
    std::string text;
};

End end_of(const HookOutcome& outcome) {
    if (outcome.code != ExitCode::done) return {message_refused, JournalPriority::error, "refused"};
    if (!outcome.reason.empty()) return {message_failed, JournalPriority::error, "failed"};
    const std::string deeds = to_text(outcome.report.deeds);
    return {message_done, JournalPriority::info, deeds.empty() ? "done" : "done: " + deeds};
}
} // namespace

void log_hook(Host& host, const HookCall& call, const HookOutcome& outcome) {
    if (outcome.uuid.empty() && outcome.reason.empty() && outcome.report.entries.empty()) return;
    // taken before the first entry is sent, because sending takes time
    const auto duration = host.now() - outcome.timing.began;
    const std::vector<JournalField> common{{"HOSTLEASE_DOMAIN", call.domain},
                                           {"HOSTLEASE_UUID", outcome.uuid},
                                           {"HOSTLEASE_OPERATION", call.operation}};
    const std::string prefix = call.operation + " of VM '" + call.domain + "': ";
    for (const auto& entry : fold_entries(outcome.report.entries)) {
        auto fields = common;
        if (!entry.knob.empty()) fields.emplace_back("HOSTLEASE_KNOB", entry.knob);
        for (const auto& target : entry.targets)
            fields.emplace_back("HOSTLEASE_TARGET", target);
        send_to_journal(priority_of(entry.severity), prefix + entry.message, fields);
    }
    const auto& timing = outcome.timing;
    const End end = end_of(outcome);
    auto fields = common;
    fields.emplace_back("HOSTLEASE_DURATION_USEC", std::to_string(duration.count()));
    fields.emplace_back("HOSTLEASE_LOCK_USEC", std::to_string(timing.lock.count()));
    fields.emplace_back("HOSTLEASE_PAGES_USEC", std::to_string(timing.pages.count()));
    fields.emplace_back("HOSTLEASE_WRITES_USEC", std::to_string(timing.writes.count()));
    fields.emplace_back("MESSAGE_ID", end.message_id);
    send_to_journal(end.priority, prefix + end.text, fields);
}

} // namespace hostlease
