#include "core/parse.hpp"
#include "knobs/isolation.hpp"
#include "plan/checks.hpp"

namespace hostlease {

namespace {
constexpr std::string_view isolate_key = "cpus.isolate";

void note_shared(const PlanInput& input, const Lease& other, const Claim& claim, const CpuSet& shared, bool own_is_isolated,
                 Diagnostics& notes) {
    const Setting* setting = isolation_setting(input.policy);
    const SourcePosition position = setting == nullptr ? SourcePosition{input.policy.file, 0, 0} : setting->position;
    const std::string message =
        "CPU " + to_list(shared) + (own_is_isolated ? " would be isolated for VM '" : " is used by VM '") + input.domain.name +
        "', and VM '" + other.domain + "' " + (claim.target == "isolated" ? "has it isolated" : "is pinned to it") + " (" +
        claim.position.text() + ")";
    const std::string hint = "pin the two to different CPUs";
    if (own_is_isolated && input.policy.enforcement(isolate_key) == Enforce::required)
        notes.error(position, message, hint);
    else
        notes.warning(position, message, hint);
}
} // namespace

void check_other_leases(const PlanInput& input, Diagnostics& notes) {
    const CpuSet isolated = isolated_cpus(input);
    const CpuSet used = pinned_cpus(input.domain) - isolated;
    for (const auto& lease : input.others) {
        CpuSet told; // a CPU that the other has isolated is mostly pinned as well
        for (const std::string_view target : {"isolated", "pinned"})
            for (const auto& claim : lease.claims) {
                if (claim.knob != isolate_key || claim.target != target || !lease.holds(claim)) continue;
                const CpuSet theirs = parse_cpu_list(claim.value).value_or(CpuSet{}) - told;
                const CpuSet shared = theirs & isolated;
                if (!shared.empty()) note_shared(input, lease, claim, shared, true, notes);
                const CpuSet disturbed = theirs & used;
                if (target == "isolated" && !disturbed.empty()) note_shared(input, lease, claim, disturbed, false, notes);
                told |= shared | disturbed;
            }
    }
}

} // namespace hostlease
