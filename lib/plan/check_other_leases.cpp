#include "core/parse.hpp"
#include "knobs/parts/isolation.hpp"
#include "knobs/parts/placed.hpp"
#include "plan/checks.hpp"

namespace hostlease {

namespace {
constexpr std::string_view isolate_key = "cpus.isolate";

/// CPUs that a policy placed a vCPU on count as leased from the moment they were chosen.
bool is_about(const Lease& lease, const Claim& claim, LimitKind kind) {
    if (claim.target == ClaimTarget(Limit{kind})) return lease.holds(claim);
    return claim.knob == place_key && kind == LimitKind::pinned && claim.is_open() &&
           claim.name().starts_with("vcpu");
}

void note_shared(const PlanInput& input, const Lease& other, const Claim& claim, const CpuSet& shared,
                 bool own_is_isolated, Diagnostics& notes) {
    const Setting* setting = isolation_setting(input.policy);
    const SourcePosition position =
        setting == nullptr ? SourcePosition{input.policy.file, 0, 0} : setting->position;
    const std::string message =
        "CPU " + to_list(shared) + (own_is_isolated ? " would be isolated for VM '" : " is used by VM '") +
        input.domain.name + "', and VM '" + other.domain + "' " +
        (claim.target == ClaimTarget(Limit{LimitKind::isolated}) ? "has it isolated" : "is pinned to it") +
        " (" + claim.position.text() + ")";
    notes.add(own_is_isolated ? severity_of(input.policy.enforcement(isolate_key)) : Severity::warning,
              position, message, "pin the two VMs to different CPUs");
}
} // namespace

void check_other_leases(const PlanInput& input, Diagnostics& notes) {
    const CpuSet isolated = isolated_cpus(input);
    const CpuSet used = pinned_cpus(input.domain) - isolated;
    for (const auto& lease : input.others) {
        CpuSet told; // a CPU that the other lease isolates is usually pinned as well
        for (const auto kind : {LimitKind::isolated, LimitKind::pinned})
            for (const auto& claim : lease.claims) {
                if (!is_about(lease, claim, kind)) continue;
                const CpuSet theirs = parse_cpu_list(claim.value).value_or(CpuSet{}) - told;
                const CpuSet shared = theirs & isolated;
                if (!shared.empty()) note_shared(input, lease, claim, shared, true, notes);
                const CpuSet disturbed = theirs & used;
                if (kind == LimitKind::isolated && !disturbed.empty())
                    note_shared(input, lease, claim, disturbed, false, notes);
                told |= shared | disturbed;
            }
    }
}

} // namespace hostlease
