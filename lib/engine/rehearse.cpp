#include "engine/rehearse.hpp"

#include "engine/converge.hpp"
#include "engine/ending.hpp"
#include "engine/running.hpp"

namespace hostlease {

Result<std::vector<Change>> rehearse_reconcile(Host& host, Call& call) {
    Ledger ledger = TRY(Ledger::rehearse(host));
    end_dead_leases(host, ledger, Judgement::strict, call);
    find_missed_starts(host, ledger, call);
    for (auto& lease : ledger.content.leases) {
        if (lease.state != LeaseState::running) continue;
        if (const auto resolved = resolve_claims(host, lease); !resolved)
            call.report.add(Severity::error, resolved.error().text());
    }
    return pending_changes(host, ledger, call);
}

Result<std::vector<Change>> rehearse_release(Host& host, const std::vector<std::string>& uuids, Call& call) {
    Ledger ledger = TRY(Ledger::rehearse(host));
    for (const auto& uuid : uuids)
        if (Lease* lease = ledger.content.find(uuid); lease != nullptr) lease->state = LeaseState::releasing;
    return pending_changes(host, ledger, call);
}

} // namespace hostlease
