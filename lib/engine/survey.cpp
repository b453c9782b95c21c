#include "engine/survey.hpp"

#include "engine/promises.hpp"
#include "host/facts.hpp"
#include "plan/planner.hpp"

namespace hostlease {

namespace {
FileFacts look_at(Host& host, const std::string& path) {
    FileFacts file;
    const auto resolved = host.resolve(path);
    if (!resolved) {
        file.access = is_missing(resolved.error()) ? FileFacts::Access::missing : FileFacts::Access::unreadable;
        file.resolved = path;
        return file;
    }
    file.resolved = *resolved;
    const auto text = host.read(path);
    file.access = text ? FileFacts::Access::readable : FileFacts::Access::unreadable;
    if (text) file.value = knob_value(*text);
    return file;
}
} // namespace

Result<Plan> plan_domain(Host& host, const Domain& domain, const Policy& policy, const LedgerContent& ledger,
                         const std::map<PoolId, std::uint64_t>& growth_limit) {
    HostFacts facts = TRY(read_facts(host));
    facts.growth_limit = growth_limit;
    std::vector<Lease> others;
    for (const auto& lease : ledger.leases)
        if (lease.uuid != domain.uuid) others.push_back(lease);
    const auto promised = TRY(open_promises(host, others, domain.uuid));
    const PlanInput input{domain, policy, facts, others, promised};
    auto wanted = plan_claims(input);
    for (const auto& claim : wanted.claims)
        if (!claim.path.empty()) facts.files[claim.path] = look_at(host, claim.path);
    return finish_plan(input, std::move(wanted), ledger.records);
}

} // namespace hostlease
