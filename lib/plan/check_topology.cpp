#include "core/parse.hpp"
#include "knobs/isolation.hpp"
#include "plan/checks.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view isolate_key = "cpus.isolate";
constexpr std::string_view siblings_key = "cpus.keep_siblings";
constexpr std::string_view minimum_key = "cpus.housekeeping_min_cores";

/// Fewer than this serve a host badly: one core for it and for QEMU's own threads.
constexpr std::size_t comfortable_cores = 2;

struct Limit {
    std::size_t cores = 1;
    std::string asked_by; // " (VM 'x', other.toml:3:1)", "" for this policy or nobody
};

template <typename Visit>
void for_each_claim_of_others(const PlanInput& input, std::string_view target, Visit visit) {
    for (const auto& lease : input.others)
        for (const auto& claim : lease.claims)
            if (claim.knob == isolate_key && claim.target == target && lease.holds(claim)) visit(lease, claim);
}

CpuSet isolated_by_others(const PlanInput& input) {
    CpuSet cpus;
    for_each_claim_of_others(input, "isolated",
                             [&](const Lease&, const Claim& claim) { cpus |= parse_cpu_list(claim.value).value_or(CpuSet{}); });
    return cpus;
}

std::vector<CpuSet> cores_of(const HostFacts& facts) {
    if (!facts.cores.empty()) return facts.cores;
    std::vector<CpuSet> cores;
    for (const unsigned cpu : facts.online.members())
        cores.push_back({cpu});
    return cores;
}

const SourcePosition& position_of(const PlanInput& input, std::string_view key) {
    const Setting* setting = input.policy.find(key);
    return (setting != nullptr ? setting : isolation_setting(input.policy))->position;
}

void check_siblings(const PlanInput& input, const CpuSet& isolated, Diagnostics& notes) {
    const Setting* setting = input.policy.find(siblings_key);
    const std::string word = setting == nullptr ? "warn" : setting->plain();
    if (word == "allow") return;
    const CpuSet taken = isolated | isolated_by_others(input);
    CpuSet apart; // of the VM
    CpuSet left;  // of the same cores, the host's
    for (const auto& core : cores_of(input.facts)) {
        const CpuSet host = (core & input.facts.online) - taken;
        if (!core.intersects(isolated) || host.empty()) continue;
        apart |= core & isolated;
        left |= host;
    }
    if (left.empty()) return;
    const std::string message = "CPU " + to_list(apart) + " would be the VM's, and CPU " + to_list(left) +
                                ", other hardware threads of the same cores, the host's: what runs there slows the VM down";
    const std::string hint = "give the VM whole cores, or set cpus.keep_siblings = \"allow\"";
    if (word == "error")
        notes.error(position_of(input, siblings_key), message, hint);
    else
        notes.warning(position_of(input, siblings_key), message, hint);
}

/// The strictest of this policy and of the leases there are.
Limit least_cores(const PlanInput& input) {
    Limit limit;
    limit.cores = static_cast<std::size_t>(input.policy.get(minimum_key, std::int64_t{1}));
    for_each_claim_of_others(input, "housekeeping cores", [&](const Lease& lease, const Claim& claim) {
        const auto cores = parse_integer<std::size_t>(claim.value).value_or(1);
        if (cores <= limit.cores) return;
        limit = {cores, " (VM '" + lease.domain + "', " + claim.position.text() + ")"};
    });
    return limit;
}

void check_housekeeping(const PlanInput& input, const CpuSet& isolated, Diagnostics& notes) {
    const CpuSet taken = isolated | isolated_by_others(input);
    const CpuSet closed = input.facts.isolated_at_boot | input.facts.partitioned(); // nothing of the host's runs there by itself
    const auto cores = cores_of(input.facts);
    const auto whole = static_cast<std::size_t>(std::count_if(
        cores.begin(), cores.end(), [&](const CpuSet& core) { return !core.intersects(taken) && !core.intersects(closed); }));
    const Limit limit = least_cores(input);
    const CpuSet besides = (closed & input.facts.online) - taken;
    const std::string left =
        "CPU " + to_list(taken) + " isolated leaves the host " + std::to_string(whole) + " of " + std::to_string(cores.size()) +
        " cores" + (besides.empty() ? "" : " (CPU " + to_list(besides) + " is isolated by isolcpus= or in a partition)");
    if (whole < limit.cores)
        notes.error(position_of(input, minimum_key),
                    left + ", and " + std::to_string(limit.cores) + (limit.cores == 1 ? " is" : " are") + " to stay" +
                        limit.asked_by,
                    "isolate fewer CPUs");
    else if (whole < comfortable_cores)
        notes.warning(position_of(input, isolate_key), left + "; interrupts, QEMU's own threads and all else share it",
                      "leave it two or more");
}

void check_presence(const PlanInput& input, const CpuSet& isolated, Diagnostics& notes) {
    const CpuSet absent = isolated - input.facts.possible;
    if (input.facts.possible.empty() || absent.empty() || input.policy.find(isolate_key) == nullptr) return;
    if (std::holds_alternative<CpuSet>(input.policy.find(isolate_key)->value))
        notes.warning(position_of(input, isolate_key), "this host has no CPU " + to_list(absent),
                      "its CPUs are " + to_list(input.facts.possible));
}
} // namespace

void check_topology(const PlanInput& input, Diagnostics& notes) {
    const CpuSet isolated = isolated_cpus(input);
    if (isolated.empty()) return;
    check_siblings(input, isolated, notes);
    check_housekeeping(input, isolated, notes);
    check_presence(input, isolated, notes);
}

} // namespace hostlease
