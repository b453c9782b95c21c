#include "engine/running.hpp"

#include "engine/converge.hpp"
#include "host/running_facts.hpp"
#include "knobs/knob.hpp"

#include <algorithm>

namespace hostlease {

namespace {
/// Whether the claim is what an open one has become.
bool was_resolved(const Claim& claim) {
    const Knob* knob = find_knob(claim.knob);
    const bool can_be = knob != nullptr && knob->resolve != nullptr && claim.phase == Phase::started;
    return can_be && !claim.is_open() && !claim.path.empty();
}

/// The lease's claims with what is resolved now in place of what was.
std::vector<Claim> resolved_claims(const Lease& lease, const RunningFacts& running) {
    std::vector<Claim> claims;
    for (const auto& claim : lease.claims)
        if (!was_resolved(claim)) claims.push_back(claim);
    for (const auto& open : lease.claims) {
        const Knob* knob = find_knob(open.knob);
        if (knob == nullptr || knob->resolve == nullptr || !open.is_open()) continue;
        for (auto& claim : knob->resolve(open, running))
            claims.push_back(std::move(claim));
    }
    return claims;
}

bool asks_for_partitions(const Lease& lease) {
    return std::any_of(lease.claims.begin(), lease.claims.end(),
                       [](const Claim& claim) { return claim.condition == Condition::partition; });
}

/// Looking at QEMU's threads costs; most leases have nothing to ask of them.
Status resolve(Host& host, Lease& lease) {
    if (std::none_of(lease.claims.begin(), lease.claims.end(), [](const Claim& claim) { return claim.is_open(); })) return {};
    lease.claims = resolved_claims(lease, TRY(read_running_facts(host, lease.qemu)));
    return {};
}

/// The first failure of a partition's claim; a partition asked for that leads to no cgroup is one too.
std::optional<Error> partition_failure(const Lease& lease, const std::vector<KnobFailure>& failures) {
    bool any_made = false;
    for (const auto& claim : lease.claims) {
        if (claim.condition != Condition::partition || claim.is_open()) continue;
        any_made = true;
        for (const auto& failure : failures)
            if (failure.knob == claim.knob && (failure.target == claim.target || failure.target.empty())) return failure.error;
    }
    if (any_made) return std::nullopt;
    return Error{ErrorKind::unsupported, "QEMU's vCPUs are not in cgroups of their own", {}, 0};
}

void save(Ledger& ledger, const Lease& lease, Report& report) {
    if (const auto saved = ledger.save_lease(lease); !saved) report.add(Severity::error, saved.error().text());
}
} // namespace

std::vector<KnobFailure> converge_running(Host& host, Ledger& ledger, Lease& lease, Report& report) {
    if (const auto resolved = resolve(host, lease); !resolved) report.add(Severity::error, resolved.error().text());
    save(ledger, lease, report);
    auto failures = converge_values(host, ledger, report);
    if (!asks_for_partitions(lease)) return failures;
    // giving the slices back can break a partition, so it is looked at once more
    for (const auto next : {Isolation::partitioned, Isolation::fallen_back}) {
        if (lease.isolation == Isolation::fallen_back) break;
        const auto broken = partition_failure(lease, failures);
        if (!broken && lease.isolation == Isolation::partitioned) break;
        lease.isolation = broken ? Isolation::fallen_back : next;
        if (broken)
            report.add(Severity::warning, "no isolated partitions, so slices keep the host off the VM's CPUs: " + broken->text());
        save(ledger, lease, report);
        failures = converge_values(host, ledger, report);
    }
    return failures;
}

} // namespace hostlease
