// Inspects the host and plans the start of one domain.
#pragma once

#include "host/host.hpp"
#include "ledger/ledger.hpp"
#include "model/domain.hpp"
#include "model/plan.hpp"
#include "model/policy.hpp"

#include <map>

namespace hostlease {

/// Whether a plan lists all changes, or only the claims: inspecting thousands of targets takes
/// time.
enum class PlanDetail { changes, claims };

/// The lease that a plan will replace.
struct OwnLease {
    const Lease* lease = nullptr;
    bool moves = false; // whether cpus.place chooses its CPUs anew
};

/// The plan of `domain` under `policy` on the current host, along with the leases of the other domains.
/// Writes nothing. Pools in `growth_limit` are assumed to grow at most by that amount, which an earlier try
/// has shown. Fails if the host cannot be inspected.
Result<Plan> plan_domain(Host& host, const Domain& domain, const Policy& policy, const LedgerContent& ledger,
                         const std::map<PoolId, std::uint64_t>& growth_limit = {},
                         PlanDetail detail = PlanDetail::changes, OwnLease own = {});

/// What prevents libvirt from pinning a domain without a policy, as warnings; plans nothing else.
Result<Plan> plan_without_policy(Host& host, const Domain& domain, const LedgerContent& ledger);

} // namespace hostlease
