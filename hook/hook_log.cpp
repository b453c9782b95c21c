#include "hook_log.hpp"

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
} // namespace

void log_hook(const HookCall& call, const HookOutcome& outcome, std::chrono::microseconds duration) {
    if (outcome.uuid.empty() && outcome.reason.empty() && outcome.report.entries.empty()) return;
    const std::vector<JournalField> common{
        {"HOSTLEASE_DOMAIN", call.domain}, {"HOSTLEASE_UUID", outcome.uuid}, {"HOSTLEASE_OPERATION", call.operation}};
    const std::string prefix = call.operation + " of VM '" + call.domain + "': ";
    for (const auto& entry : outcome.report.entries) {
        auto fields = common;
        if (!entry.knob.empty()) fields.emplace_back("HOSTLEASE_KNOB", entry.knob);
        if (!entry.target.empty()) fields.emplace_back("HOSTLEASE_TARGET", entry.target);
        send_to_journal(priority_of(entry.severity), prefix + entry.message, fields);
    }
    auto fields = common;
    fields.emplace_back("HOSTLEASE_DURATION_USEC", std::to_string(duration.count()));
    send_to_journal(outcome.code == ExitCode::done ? JournalPriority::info : JournalPriority::error,
                    prefix + (outcome.code == ExitCode::done ? "done" : "refused"), fields);
}

} // namespace hostlease
