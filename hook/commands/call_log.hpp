// The calls of the hook according to the journal.
#pragma once

#include "core/diagnostic.hpp"
#include "core/error.hpp"
#include "host/journal_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hostlease {

struct LoggedNote {
    Severity severity = Severity::note;
    std::string message;
    std::string knob;
    std::string target;
};

struct LoggedCall {
    enum class Result { done, refused, failed, cut_off };
    std::int64_t time_usec = 0; // of the first entry, since 1970
    std::string domain;
    std::string uuid;
    std::string operation;
    Result result = Result::cut_off;
    std::string message;                       // "done: 4 values set"
    std::optional<std::int64_t> duration_usec; // nullopt for a call that was interrupted
    std::int64_t lock_usec = 0;
    std::int64_t pages_usec = 0;
    std::int64_t writes_usec = 0;
    std::vector<LoggedNote> notes;
};

std::string_view to_text(LoggedCall::Result result);

/// Oldest first. The entries of one process up to the one with its duration are one call.
Result<std::vector<LoggedCall>> read_calls(const JournalQuery& query);

} // namespace hostlease
