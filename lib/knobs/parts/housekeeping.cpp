#include "knobs/parts/housekeeping.hpp"

#include "core/parse.hpp"
#include "knobs/parts/partitions.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view minimum_key = "cpus.housekeeping_min_cores";
} // namespace

std::vector<CpuSet> cores_of(const HostFacts& facts) {
    if (!facts.cores.empty()) return facts.cores;
    std::vector<CpuSet> cores;
    for (const unsigned cpu : facts.online.members())
        cores.push_back({cpu});
    return cores;
}

CpuSet closed_cpus(const HostFacts& facts) { return facts.isolated_at_boot | facts.partitioned(); }

std::size_t whole_cores_without(const HostFacts& facts, const CpuSet& taken) {
    const auto cores = cores_of(facts);
    const CpuSet gone = taken | closed_cpus(facts);
    return static_cast<std::size_t>(std::count_if(
        cores.begin(), cores.end(), [&](const CpuSet& core) { return !core.intersects(gone); }));
}

CpuSet taken_by_others(const PlanInput& input) {
    if (input.taken_by_others) return *input.taken_by_others;
    CpuSet cpus;
    for (const auto& lease : input.others) {
        if (lease.state != LeaseState::releasing) cpus |= lease.limit_cpus(LimitKind::isolated);
        cpus |= partition_cpus(lease).all();
    }
    input.taken_by_others = cpus;
    return cpus;
}

CoreLimit least_cores(const PlanInput& input) {
    CoreLimit limit;
    limit.cores = static_cast<std::size_t>(input.policy.get(minimum_key, std::int64_t{1}));
    for (const auto& lease : input.others) {
        const Claim* claim = lease.limit(LimitKind::housekeeping_cores);
        if (claim == nullptr || !lease.holds(*claim)) continue;
        const auto cores = parse_integer<std::size_t>(claim->value).value_or(1);
        if (cores > limit.cores)
            limit = {cores, " (VM '" + lease.domain + "', " + claim->position.text() + ")"};
    }
    return limit;
}

} // namespace hostlease
