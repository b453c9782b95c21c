// Chooses the CPUs of a domain that its policy places.
#pragma once

#include "host/host.hpp"
#include "ledger/ledger.hpp"
#include "model/audit_facts.hpp"
#include "model/domain.hpp"
#include "model/placement.hpp"
#include "model/policy.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hostlease {

struct PlaceScene {
    const Domain& domain;
    const Policy& policy;
    const HostFacts& facts;                          // including the units in the slices of VMs
    std::span<const Lease> others;                   // leases of other domains
    const std::map<PoolId, std::uint64_t>& promised; // pages that other VMs will still map
    const Lease* held = nullptr;                     // the domain's own lease, until its VM is gone
    bool moves = false;                              // whether a new place replaces the one in this lease
};

/// Whoever has CPUs: other domains by their XML, leases, and the units of machine.slice. `problem` becomes
/// what could not be read; otherwise it stays.
std::vector<OtherDomain> owners_of_cpus(Host& host, const PlaceScene& scene, std::string& problem);

/// The place of a domain whose policy has cpus.place: the place in its lease, otherwise a new one, or the
/// reason why there is none. A VM that moves stays on the nodes of its huge pages, and without a place it
/// cannot move even if cpus.share is set. nullopt if the policy places nothing. Writes nothing. Fails if the
/// host cannot be read.
Result<std::optional<Placement>> place_domain(Host& host, const PlaceScene& scene);

} // namespace hostlease
