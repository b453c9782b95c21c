// A report in a form for people.
#pragma once

#include "engine/report.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// Report entries that differ only in the CPU, the thread or the like that they name.
struct FoldedEntry {
    Severity severity = Severity::note;
    std::string message;
    std::string knob;                 // "" if they do not belong to a knob
    std::vector<std::string> targets; // of every entry that has a target
    bool operator==(const FoldedEntry&) const = default;
};

/// Sorted by the first entry of each group.
std::vector<FoldedEntry> fold_entries(const std::vector<ReportEntry>& entries);

} // namespace hostlease
