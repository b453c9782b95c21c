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

} // namespace hostlease
