// What operations would write. These functions change neither the host nor the ledger, and take no lock.
#pragma once

#include "engine/call.hpp"
#include "host/host.hpp"
#include "model/plan.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// What reconcile would write, in order; the report has the messages of reconcile.
Result<std::vector<Change>> rehearse_reconcile(Host& host, Call& call);

/// What releasing these leases would write, in order.
Result<std::vector<Change>> rehearse_release(Host& host, const std::vector<std::string>& uuids, Call& call);

} // namespace hostlease
