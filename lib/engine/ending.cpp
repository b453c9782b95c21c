#include "engine/ending.hpp"

#include "engine/converge.hpp"
#include "engine/liveness.hpp"

namespace hostlease {

namespace {
/// Calls that are let in read the ledger on disk: if it could not be written, do not let them in.
std::chrono::microseconds patience_after(const Status& written) {
    return written ? page_patience : std::chrono::microseconds{};
}

/// Removes the lease file last. A call that was let in may have made the VM a new lease, which then stays.
void drop_released(Ledger& ledger, const std::string& uuid, std::vector<KnobFailure>& failures) {
    if (const Lease* lease = ledger.content.find(uuid);
        lease != nullptr && lease->state != LeaseState::releasing)
        return;
    if (const auto dropped = ledger.drop_lease(uuid); !dropped) failures.push_back({{}, {}, dropped.error()});
}
} // namespace

// by value: the caller may pass the uuid of the very lease that is removed here
// NOLINT(performance-unnecessary-value-param)
std::vector<KnobFailure> give_back(Host& host, Ledger& ledger, std::string uuid, Call& call) {
    Status written;
    if (Lease* lease = ledger.content.find(uuid); lease != nullptr) {
        lease->state = LeaseState::releasing;
        written = ledger.save_lease(*lease);
    } else {
        written = ledger.drop_lease(uuid);
    }
    if (!written) call.report.add(Severity::error, written.error().text());
    call.lease.clear();
    auto failures = converge(host, ledger, call, patience_after(written));
    drop_released(ledger, uuid, failures);
    return failures;
}

EndedLeases end_dead_leases(Host& host, Ledger& ledger, Judgement judgement, Call& call) {
    EndedLeases ended;
    for (auto& lease : ledger.content.leases) {
        const auto found = liveness(host, lease);
        if (found == Liveness::live || (found == Liveness::unknown && judgement == Judgement::certain))
            continue;
        call.report.add(Severity::note,
                        "VM '" + lease.domain + "' is gone without a release: releasing its lease");
        ended.uuids.push_back(lease.uuid);
        lease.state = LeaseState::releasing;
        if (auto saved = ledger.save_lease(lease); !saved) {
            call.report.add(Severity::error, saved.error().text());
            ended.written = std::move(saved);
        }
    }
    for (const auto& bad : std::vector(ledger.content.unreadable))
        if (!is_running(host, bad.uuid))
            if (const auto dropped = ledger.drop_lease(bad.uuid); !dropped)
                call.report.add(Severity::error, dropped.error().text());
    return ended;
}

std::vector<KnobFailure> release_dead(Host& host, Ledger& ledger, Judgement judgement, Call& call) {
    const auto ended = end_dead_leases(host, ledger, judgement, call);
    auto failures = converge(host, ledger, call, patience_after(ended.written));
    for (const auto& uuid : ended.uuids)
        drop_released(ledger, uuid, failures);
    return failures;
}

} // namespace hostlease
