#include "engine/call.hpp"

namespace hostlease {

Result<Ledger> open_ledger(Host& host, Call& call, Pools pools) {
    host.set_deadline((call.timing.operation.empty() ? host.now() : call.timing.began) + longest_call);
    Ledger ledger = TRY(Ledger::open(host, host.time_left(), pools));
    call.timing.lock = ledger.waited;
    for (const auto& problem : ledger.content.problems)
        call.report.add(Severity::error,
                        problem.text() + "; moved aside; the values recorded there are not restored");
    for (const auto& bad : ledger.content.unreadable)
        call.report.add(Severity::error, bad.error.text() + "; no value is restored while its VM may run");
    return ledger;
}

Timing timing_now(Host& host, const Call& call) {
    Timing timing = call.timing;
    timing.total = host.now() - timing.began;
    return timing;
}

Status save_timed(Host& host, Ledger& ledger, Lease& lease, const Call& call) {
    if (!call.timing.operation.empty() && call.lease == lease.uuid) lease.note(timing_now(host, call));
    return ledger.save_lease(lease);
}

} // namespace hostlease
