// What an operation did and found, for the caller to print or log; lib/ itself logs nothing.
#pragma once

#include "core/diagnostic.hpp"
#include "core/error.hpp"
#include "model/lease.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hostlease {

struct ReportEntry {
    Severity severity = Severity::note;
    std::string message;
    std::string knob; // "" if the entry does not belong to a knob
    std::string target;
    bool operator==(const ReportEntry&) const = default;
};

/// What a call did on the host.
struct Deeds {
    std::uint64_t pages_added = 0;
    std::uint64_t pages_given_back = 0;
    std::uint64_t values_set = 0;      // for claims
    std::uint64_t values_put_back = 0; // to their baselines
    bool operator==(const Deeds&) const = default;
};

/// "1024 pages added, 4 values set"; "" if nothing was done.
std::string to_text(const Deeds& deeds);

struct Report {
    std::vector<ReportEntry> entries;
    Deeds deeds;

    /// Adds a message once per call, even if it occurs repeatedly.
    void add(Severity severity, std::string message, std::string knob = {}, std::string target = {}) {
        ReportEntry entry{severity, std::move(message), std::move(knob), std::move(target)};
        if (std::find(entries.begin(), entries.end(), entry) == entries.end())
            entries.push_back(std::move(entry));
    }
};

/// A knob that could not be brought to its wanted value.
struct KnobFailure {
    std::string knob;
    std::string target;
    Error error;
};

void report_failures(const std::vector<KnobFailure>& failures, Report& report);
Status first_failure(const std::vector<KnobFailure>& failures);

/// Reports the plan's notes that are not errors.
void report_notes(const Diagnostics& notes, Report& report);
/// The errors among a plan's notes on one line, each with its position.
std::string refusal_text(const Diagnostics& notes);

/// Whether the failed target has a required claim of this lease that is in force: a failure to restore
/// another lease's value is no reason to refuse.
bool is_required(const Lease& lease, const KnobFailure& failure);

} // namespace hostlease
