#include "knobs/isolation.hpp"

#include <algorithm>

namespace hostlease {

namespace {
bool has_cpus_table(const Policy& policy) {
    return std::any_of(policy.settings.begin(), policy.settings.end(),
                       [](const auto& entry) { return entry.first.starts_with("cpus."); });
}
} // namespace

CpuSet isolated_cpus(const PlanInput& input) {
    if (!has_cpus_table(input.policy) || input.policy.leaves("cpus.isolate")) return {};
    const Setting* setting = input.policy.find("cpus.isolate");
    if (setting != nullptr && setting->plain() == "none") return {};
    const auto list = input.policy.get("cpus.isolate", CpuSet{});
    return list.empty() ? pinned_cpus(input.domain) : list;
}

CpuSet quiet_cpus(const PlanInput& input) {
    return has_cpus_table(input.policy) ? isolated_cpus(input) : pinned_cpus(input.domain);
}

CpuSet quiet_or_note(const PlanInput& input, const Setting& setting, std::string_view key, KnobPlan& plan) {
    CpuSet quiet = quiet_cpus(input);
    if (quiet.empty())
        plan.notes.warning(setting.position, std::string(key) + " does nothing: the domain has no CPUs of its own",
                           "pin its vCPUs with <vcpupin> elements in <cputune>, or name CPUs in cpus.isolate");
    return quiet;
}

bool asks_for_partitions(const PlanInput& input) {
    const Setting* method = input.policy.find("cpus.method");
    if (isolated_cpus(input).empty() || (method != nullptr && method->plain() == "slices")) return false;
    return input.facts.cgroups.has_remote_partitions;
}

std::optional<Claim> claim_cpus_left(const PlanInput& input, std::string_view key, Phase phase, KnobPlan& plan) {
    const Setting* setting = input.policy.find(key);
    if (setting == nullptr) return std::nullopt;
    const CpuSet quiet = quiet_or_note(input, *setting, key, plan);
    if (quiet.empty()) return std::nullopt;
    const CpuSet left = input.facts.possible - quiet;
    if (!left.intersects(input.facts.online)) {
        plan.notes.warning(setting->position, std::string(key) + " does nothing: CPU " + to_list(quiet) + " is all the host has",
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
