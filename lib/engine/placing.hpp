// Chooses the CPUs of a domain that its policy places.
#pragma once

#include "host/host.hpp"
#include "ledger/ledger.hpp"
#include "model/domain.hpp"
#include "model/placement.hpp"
#include "model/policy.hpp"

#include <optional>
#include <vector>

namespace hostlease {

struct PlaceScene {
    const Domain& domain;
    const Policy& policy;
    const HostFacts& facts;           // including the units of machine.slice
    const std::vector<Lease>& others; // leases of other domains
    const Lease* held = nullptr;      // the domain's own lease, until its VM is gone
};

/// The place of a domain whose policy has cpus.place: the place in its lease, otherwise a new one, or the
/// reason why there is none. nullopt if the policy places nothing. Writes nothing. Fails if the host cannot
/// be read.
Result<std::optional<Placement>> place_domain(Host& host, const PlaceScene& scene);

} // namespace hostlease
