#include "knobs/isolation.hpp"

#include "knobs/notes.hpp"

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
    return list.empty() ? pinned_cpus(input.domain) : list;
}

CpuSet quiet_cpus(const PlanInput& input) {
    return isolation_setting(input.policy) != nullptr ? isolated_cpus(input) : pinned_cpus(input.domain);
}

CpuSet quiet_or_note(const PlanInput& input, std::string_view key, KnobPlan& plan) {
    CpuSet quiet = quiet_cpus(input);
    if (quiet.empty())
        note_by_enforcement(input, plan, key, std::string(key) + " does nothing: the domain has no CPUs of its own",
                            "pin its vCPUs with <vcpupin> elements in <cputune>, or name CPUs in cpus.isolate");
    return quiet;
}

std::optional<Claim> claim_cpus_left(const PlanInput& input, std::string_view key, Phase phase, KnobPlan& plan) {
    const Setting* setting = input.policy.find(key);
    if (setting == nullptr) return std::nullopt;
    const CpuSet quiet = quiet_or_note(input, key, plan);
    if (quiet.empty()) return std::nullopt;
    const CpuSet left = input.facts.possible - quiet;
    if (!left.intersects(input.facts.online)) {
        note_by_enforcement(input, plan, key, std::string(key) + " does nothing: CPU " + to_list(quiet) + " is all the host has",
                            "leave the host a CPU of its own");
        return std::nullopt;
    }
    return Claim{.knob = std::string(key),
                 .target = {},
                 .path = {},
                 .value = to_list(left),
                 .enforce = input.policy.enforcement(key),
                 .phase = phase,
                 .position = setting->position,
                 .why = "CPU " + to_list(quiet) + " is the VM's"};
}

} // namespace hostlease
