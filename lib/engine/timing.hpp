// How long the parts of a call take.
#pragma once

#include "engine/report.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"

#include <chrono>

namespace hostlease {

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

/// The call's timing so far.
inline Timing timing_now(Host& host, const Report& report) {
    Timing timing = report.timing;
    timing.total = host.now() - timing.began;
    return timing;
}

/// Saves the lease, with the call's timing so far if the call belongs to this lease.
inline Status save_timed(Host& host, Ledger& ledger, Lease& lease, const Report& report) {
    if (!report.timing.operation.empty() && report.lease == lease.uuid) lease.note(timing_now(host, report));
    return ledger.save_lease(lease);
}

} // namespace hostlease
