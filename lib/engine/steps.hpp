// What the operations are made of.
#pragma once

#include "engine/report.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace hostlease {

/// How long a release waits for QEMU's pages to come back.
inline constexpr std::chrono::microseconds page_patience = std::chrono::seconds(5);

/// Locks the ledger and reports what it finds broken in it. From when the call began, longest_call is the
/// time for all that it waits for.
Result<Ledger> open_ledger(Host& host, Report& report, Pools pools = Pools::later);

void report_failures(const std::vector<KnobFailure>& failures, Report& report);
Status first_failure(const std::vector<KnobFailure>& failures);

/// What is no error of a plan's notes.
void report_notes(const Diagnostics& notes, Report& report);
/// The errors of a plan's notes on one line, each with its place.
std::string refusal_text(const Diagnostics& notes);

/// Whether the lease has a required claim on what failed that is in force: what goes back for another lease
/// is no reason to refuse.
bool is_required(const Lease& lease, const KnobFailure& failure);

/// Takes the lease's claims out of force, converges and removes it; the lease file goes last. Other calls may
/// be let in.
std::vector<KnobFailure> give_back(Host& host, Ledger& ledger, std::string uuid, Report& report);

/// Which leases to take for dead: those that are known to be, or all that are not known to live.
enum class Judgement { certain, strict };

struct EndedLeases {
    std::vector<std::string> uuids;
    Status written; // that they end
};

/// Takes the claims of leases without a VM out of force, and sets aside what could not be read of VMs that do
/// not run.
EndedLeases end_dead_leases(Host& host, Ledger& ledger, Judgement judgement, Report& report);

/// Gives back what leases without a VM hold, and what earlier calls left. What could not be put back. Other
/// calls may be let in.
std::vector<KnobFailure> release_dead(Host& host, Ledger& ledger, Judgement judgement, Report& report);

/// The domain's QEMU, or the unknown process.
ProcessId qemu_of(Host& host, const std::string& domain);

} // namespace hostlease
