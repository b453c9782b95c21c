// How leases end: withdrawn, converged, and their files removed last.
#pragma once

#include "engine/call.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace hostlease {

/// How long a release waits until QEMU has freed its pages.
inline constexpr std::chrono::microseconds page_patience = std::chrono::seconds(5);

/// Withdraws the lease's claims, converges and deletes the lease; the lease file is removed last. Other calls
/// may be let in.
std::vector<KnobFailure> give_back(Host& host, Ledger& ledger, std::string uuid, Call& call);

/// Which leases count as dead: those known to be dead, or all that are not known to be alive.
enum class Judgement { certain, strict };

struct EndedLeases {
    std::vector<std::string> uuids;
    Status written; // whether their end was saved
};

/// Withdraws the claims of leases without a VM, and sets aside unreadable lease files of VMs that do not
/// run.
EndedLeases end_dead_leases(Host& host, Ledger& ledger, Judgement judgement, Call& call);

/// Gives back the claims of leases without a VM and finishes interrupted calls. Returns the values that could
/// not be restored. Other calls may be let in.
std::vector<KnobFailure> release_dead(Host& host, Ledger& ledger, Judgement judgement, Call& call);

} // namespace hostlease
