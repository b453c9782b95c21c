// The building blocks of the operations.
#pragma once

#include "engine/report.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace hostlease {

/// How long a release waits until QEMU has freed its pages.
inline constexpr std::chrono::microseconds page_patience = std::chrono::seconds(5);

/// Locks the ledger and reports damage that it finds. All waits of the call together may take longest_call,
/// counted from its begin.
Result<Ledger> open_ledger(Host& host, Report& report, Pools pools = Pools::later);

void report_failures(const std::vector<KnobFailure>& failures, Report& report);
Status first_failure(const std::vector<KnobFailure>& failures);

/// Reports the plan's notes that are not errors.
void report_notes(const Diagnostics& notes, Report& report);
/// The errors among a plan's notes on one line, each with its position.
std::string refusal_text(const Diagnostics& notes);

/// Whether the failed target has a required claim of this lease that is in force: a failure to restore
/// another lease's value is no reason to refuse.
bool is_required(const Lease& lease, const KnobFailure& failure);

/// Withdraws the lease's claims, converges and deletes the lease; the lease file is removed last. Other calls
/// may be let in.
std::vector<KnobFailure> give_back(Host& host, Ledger& ledger, std::string uuid, Report& report);

/// Which leases count as dead: those known to be dead, or all that are not known to be alive.
enum class Judgement { certain, strict };

struct EndedLeases {
    std::vector<std::string> uuids;
    Status written; // whether their end was saved
};

/// Withdraws the claims of leases without a VM, and sets aside unreadable lease files of VMs that do not
/// run.
EndedLeases end_dead_leases(Host& host, Ledger& ledger, Judgement judgement, Report& report);

/// Gives back the claims of leases without a VM and finishes interrupted calls. Returns the values that could
/// not be restored. Other calls may be let in.
std::vector<KnobFailure> release_dead(Host& host, Ledger& ledger, Judgement judgement, Report& report);

/// The domain's QEMU, or an empty process id if it is unknown.
ProcessId qemu_of(Host& host, const std::string& domain);

} // namespace hostlease
