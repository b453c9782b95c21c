// A call of the hook or of a command that changes leases: what it knows of itself, and what it reports.
#pragma once

#include "engine/report.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"
#include "model/plan.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace hostlease {

struct Call {
    Report report;
    Timing timing;     // if it has no operation, the ledger gets no timing
    std::string lease; // uuid of the call's own lease, once it exists
    // true to wait for what other calls are doing, for any lease: for commands of an admin
    bool waits_its_turn = false;
    // For callers that need them, as an empty list at first: each target that was written, with its value
    // before the call and its current value, including targets that were restored.
    std::optional<std::vector<Change>> changes = std::nullopt;
};

/// Adds its lifetime to a part of a timing.
class PartTimer {
  public:
    PartTimer(Host& host, std::chrono::microseconds& part) : host_(host), part_(part), began_(host.now()) {}
    PartTimer(const PartTimer&) = delete;
    PartTimer& operator=(const PartTimer&) = delete;
    ~PartTimer() { part_ += host_.now() - began_; }

  private:
    Host& host_;
    std::chrono::microseconds& part_;
    std::chrono::microseconds began_;
};

/// Locks the ledger and reports damage that it finds. All waits of the call together may take longest_call,
/// counted from its begin.
Result<Ledger> open_ledger(Host& host, Call& call, Pools pools = Pools::later);

/// The call's timing so far.
Timing timing_now(Host& host, const Call& call);

/// Saves the lease, with the call's timing so far if the call belongs to this lease.
Status save_timed(Host& host, Ledger& ledger, Lease& lease, const Call& call);

} // namespace hostlease
