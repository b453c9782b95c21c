#include "engine/isolation.hpp"

#include "core/parse.hpp"
#include "host/partition_facts.hpp"
#include "knobs/parts/partitions.hpp"

#include <algorithm>

namespace hostlease {

namespace {
/// The CPUs its partitions would have if it had not fallen back.
PartitionCpus asked_cpus(Lease lease) {
    lease.isolation = Isolation::undecided;
    return partition_cpus(lease);
}

} // namespace

CpuSet own_cpus(const Lease& lease) { return lease.limit_cpus(LimitKind::isolated); }

bool asks_for_partitions(const Lease& lease) {
    return std::any_of(lease.claims.begin(), lease.claims.end(),
                       [](const Claim& claim) { return claim.condition == Condition::partition; });
}

bool requires_partitions(const Lease& lease) {
    return std::any_of(lease.claims.begin(), lease.claims.end(), [](const Claim& claim) {
        return claim.condition == Condition::partition && claim.enforce == Enforce::required;
    });
}

Result<std::optional<std::string>> retry_obstacle(Host& host, const LedgerContent& ledger,
                                                  const Lease& lease) {
    const PartitionCpus asked = asked_cpus(lease);
    const auto online = parse_cpu_list(trim(TRY(host.read("/sys/devices/system/cpu/online"))));
    if (const CpuSet off = online ? asked.vcpus - *online : CpuSet{}; !off.empty())
        return "CPU " + to_list(off) + " is offline";
    if (const CpuSet lost = TRY(lost_cpus(host)); !lost.empty()) return lost_cpus_text(lost);
    for (const auto& other : ledger.leases) {
        const CpuSet shared = other.uuid == lease.uuid ? CpuSet{} : partition_cpus(other).all() & asked.all();
        if (!shared.empty()) return "VM '" + other.domain + "' has CPU " + to_list(shared) + " for itself";
    }
    for (const auto& unit : TRY(machine_units(host, lease.domain))) {
        const CpuSet shared = unit.bound_cpus() & asked.helpers;
        if (!shared.empty()) return unit.name + " is bound to CPU " + to_list(shared) + " as well";
    }
    return std::nullopt;
}

bool make_way(Ledger& ledger, const Domain& domain, Report& report) {
    const CpuSet pins = pinned_cpus(domain) | helper_cpus(domain);
    bool made = false;
    for (auto& lease : ledger.content.leases) {
        if (lease.uuid == domain.uuid || !gives_way(lease, pins)) continue;
        lease.fallback = {"VM '" + domain.name + "' is pinned to CPU " +
                              to_list(partition_cpus(lease).helpers & pins) + " as well",
                          domain.uuid};
        lease.isolation = Isolation::fallen_back;
        report.add(
            Severity::warning,
            "VM '" + lease.domain +
                "' has no isolated partitions any more, slices keep the host off: " + lease.fallback.why);
        if (const auto saved = ledger.save_lease(lease); !saved)
            report.add(Severity::error, saved.error().text());
        made = true;
    }
    return made;
}

std::vector<std::string> gave_way_to(const LedgerContent& ledger, const std::string& uuid) {
    std::vector<std::string> uuids;
    for (const auto& lease : ledger.leases)
        if (lease.state == LeaseState::running && lease.isolation == Isolation::fallen_back &&
            lease.fallback.gave_way_to == uuid)
            uuids.push_back(lease.uuid);
    return uuids;
}

Result<std::vector<std::string>> not_kept_off(Host& host, const Lease& lease) {
    std::vector<std::string> names;
    const CpuSet isolated = own_cpus(lease);
    if (isolated.empty() || lease.isolation == Isolation::partitioned || lease.state < LeaseState::starting)
        return names;
    for (const auto& unit : TRY(machine_units(host, lease.domain)))
        if (unit.may_run_on(isolated)) names.push_back(unit.name);
    return names;
}

} // namespace hostlease
