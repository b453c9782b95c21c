// What an operation did and found, for the caller to print or log; lib/ itself logs nothing.
#pragma once

#include "core/diagnostic.hpp"
#include "core/error.hpp"

#include <string>
#include <utility>
#include <vector>

namespace hostlease {

struct ReportEntry {
    Severity severity = Severity::note;
    std::string message;
    std::string knob; // "" when it is not about one
    std::string target;
};

struct Report {
    std::vector<ReportEntry> entries;

    void add(Severity severity, std::string message, std::string knob = {}, std::string target = {}) {
        entries.push_back({severity, std::move(message), std::move(knob), std::move(target)});
    }
};

/// A knob that could not be brought to its wanted value.
struct KnobFailure {
    std::string knob;
    std::string target;
    Error error;
};

} // namespace hostlease
