// A report as people read it.
#pragma once

#include "engine/report.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// Entries of a report that are the same but for the CPU, the thread or the like that they name.
struct FoldedEntry {
    Severity severity = Severity::note;
    std::string message;
    std::string knob;                 // "" when they are not about one
    std::vector<std::string> targets; // of every entry that names one
    bool operator==(const FoldedEntry&) const = default;
};

/// In the order in which the first of each came.
std::vector<FoldedEntry> fold_entries(const std::vector<ReportEntry>& entries);

} // namespace hostlease
