#include "knobs/parts/isolation.hpp"

#include "core/parse.hpp"
#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/notes.hpp"
#include "knobs/parts/pinned.hpp"

#include <algorithm>

namespace hostlease {

const Setting* isolation_setting(const Policy& policy) {
    if (policy.leaves("cpus.isolate")) return nullptr;
    if (const Setting* setting = policy.find("cpus.isolate"); setting != nullptr) return setting;
    const auto found = std::find_if(policy.settings.begin(), policy.settings.end(), [&](const auto& entry) {
        return entry.first.starts_with("cpus.") && !policy.leaves(entry.first);
    });
    return found == policy.settings.end() ? nullptr : &found->second;
}

CpuSet isolated_cpus(const PlanInput& input) {
    if (isolation_setting(input.policy) == nullptr) return {};
    const Setting* setting = input.policy.find("cpus.isolate");
    if (setting != nullptr && setting->plain() == "none") return {};
    const auto list = input.policy.get("cpus.isolate", CpuSet{});
    if (!list.empty()) return list;
    return pinned_cpus(input.domain) | idle_cpus(input);
}

CpuSet idle_cpus(const PlanInput& input) {
    return input.placement == nullptr ? CpuSet{} : input.placement->idle;
}

CpuSet quiet_cpus(const PlanInput& input) {
    return isolation_setting(input.policy) != nullptr ? isolated_cpus(input) : pinned_cpus(input.domain);
}

CpuSet quiet_or_note(const PlanInput& input, std::string_view key, KnobPlan& plan) {
    CpuSet quiet = quiet_cpus(input);
    if (quiet.empty() && !is_refused_a_place(input))
        note_by_enforcement(input, plan, key,
                            std::string(key) + " has no effect: the domain has no CPUs of its own",
                            hint_to_pin(input, "add <vcpupin> elements to <cputune>, or name CPUs in "
                                               "cpus.isolate"));
    return quiet;
}

namespace {
/// CPUs that other leases keep free of host work by the same key, and the names of their VMs.
struct Taken {
    CpuSet cpus;
    std::string by; // " and those of VM 'x'"
};

Taken taken_by_others(const PlanInput& input, std::string_view key, const CpuSet& quiet) {
    Taken taken;
    const Knob& knob = *find_knob(key);
    const bool names_taken = knob.combine.function == combine_cpu_union;
    if (!knob.leaves_cpus && !names_taken) return taken; // each VM has its own
    for (const auto& lease : input.others)
        for (const auto& claim : lease.claims) {
            if (claim.knob != key || claim.is_limit() || lease.state == LeaseState::releasing) continue;
            const CpuSet named = parse_cpu_list(claim.value).value_or(CpuSet{});
            const CpuSet cpus = names_taken ? named : input.facts.possible - named;
            if ((cpus - taken.cpus - quiet).empty()) continue;
            taken.cpus |= cpus;
            taken.by += " and those of VM '" + lease.domain + "', " + to_list(cpus) + ",";
        }
    return taken;
}
} // namespace

bool leaves_host_cpus(const PlanInput& input, std::string_view key, const CpuSet& quiet, KnobPlan& plan) {
    const Taken taken = taken_by_others(input, key, quiet);
    // CPUs that the scheduler gives to no host task are not suitable for the host's work either, if there are
    // others
    const CpuSet host = input.facts.own_cpus().empty() ? input.facts.online : input.facts.own_cpus();
    if (!(host - quiet - taken.cpus).empty()) return true;
    const CpuSet closed = input.facts.online - host - quiet;
    const std::string message =
        std::string(key) + " has no effect: CPU " + to_list(quiet) + taken.by +
        (taken.by.empty() ? " is" : " are") + " all that the host has" +
        (closed.empty() ? ""
                        : " besides CPU " + to_list(closed) + ", which isolcpus= or a partition isolates");
    note_by_enforcement(input, plan, key, message, "leave the host at least one CPU");
    return false;
}

std::optional<Claim> claim_cpus_left(const PlanInput& input, std::string_view key, Phase phase,
                                     KnobPlan& plan) {
    const Setting* setting = input.policy.find(key);
    if (setting == nullptr) return std::nullopt;
    const CpuSet quiet = quiet_or_note(input, key, plan);
    if (quiet.empty()) return std::nullopt;
    if (!leaves_host_cpus(input, key, quiet, plan)) return std::nullopt;
    const CpuSet left = input.facts.possible - quiet;
    return claim_for(
        input, key,
        {.value = to_list(left), .phase = phase, .why = "CPU " + to_list(quiet) + " belongs to the VM"});
}

} // namespace hostlease
