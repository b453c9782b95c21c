// What an operation did and found, for the caller to print or log; lib/ itself logs nothing.
#pragma once

#include "core/diagnostic.hpp"
#include "core/error.hpp"
#include "model/lease.hpp"
#include "model/plan.hpp"

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
    Timing timing;     // of the call; if it has no operation, the ledger gets no timing
    std::string lease; // uuid of the call's own lease, once it exists
    // true to wait for what other calls are doing, for any lease: for commands of an admin
    bool waits_its_turn = false;
    // For callers that need them: each target that was written, with its value before the call and its
    // current value, including targets that were restored.
    std::vector<Change>* changes = nullptr;

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

} // namespace hostlease
