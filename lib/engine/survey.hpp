// Looks at the host and plans one domain's start.
#pragma once

#include "host/host.hpp"
#include "ledger/ledger.hpp"
#include "model/domain.hpp"
#include "model/plan.hpp"
#include "model/policy.hpp"

#include <map>

namespace hostlease {

/// Whether a plan is to say all that would change, or just what is claimed: to look at thousands of targets
/// takes time.
enum class PlanDetail { changes, claims };

/// The lease that a plan is to replace.
struct OwnLease {
    const Lease* lease = nullptr;
    bool moves = false; // whether cpus.place chooses its CPUs anew
};

/// The plan of `domain` under `policy` on the host as it is, beside the leases of the other domains. Writes
/// nothing. Pools in `growth_limit` are taken to grow by no more than that, which a try has shown. Fails
/// when the host cannot be looked at.
Result<Plan> plan_domain(Host& host, const Domain& domain, const Policy& policy, const LedgerContent& ledger,
                         const std::map<PoolId, std::uint64_t>& growth_limit = {},
                         PlanDetail detail = PlanDetail::changes, OwnLease own = {});

/// What keeps libvirt from pinning a domain that has no policy, as warnings: nothing else is planned.
Result<Plan> plan_without_policy(Host& host, const Domain& domain, const LedgerContent& ledger);

} // namespace hostlease
