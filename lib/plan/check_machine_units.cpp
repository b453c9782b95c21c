#include "knobs/parts/isolation.hpp"
#include "knobs/parts/partitions.hpp"
#include "plan/checks.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::size_t most_named = 8;

/// Partitions move tasks that are bound to their CPUs, slices leave them there.
void note_moved(const PlanInput& input, const SourcePosition& position, Diagnostics& notes) {
    const CpuSet own = isolated_cpus(input) | helper_cpus(input.domain);
    std::size_t count = 0;
    for (const auto& unit : input.facts.cgroups.machine)
        for (const auto& [name, cpus] : unit.bound_within(own))
            if (++count <= most_named)
                notes.warning(position,
                              name + " is pinned to CPU " + to_list(cpus) +
                                  ", but runs on other CPUs while VM '" + input.domain.name +
                                  "' has a partition there",
                              "pin the two VMs to different CPUs");
}

void note_not_kept_off(const PlanInput& input, const SourcePosition& position, Diagnostics& notes) {
    const CpuSet isolated = isolated_cpus(input);
    std::vector<std::string> names;
    for (const auto& unit : input.facts.cgroups.machine)
        if (unit.may_run_on(isolated)) names.push_back(unit.name);
    if (const auto text = not_kept_off_text(isolated, names); !text.empty())
        notes.warning(position, text,
                      "pin these VMs to other CPUs, and set AllowedCPUs= for the other units");
}
} // namespace

void check_machine_units(const PlanInput& input, Diagnostics& notes) {
    const Setting* setting = isolation_setting(input.policy);
    if (setting == nullptr || isolated_cpus(input).empty() || !input.facts.cgroups.has_cpuset) return;
    if (plans_partitions(input))
        note_moved(input, setting->position, notes);
    else
        note_not_kept_off(input, setting->position, notes);
}

std::string not_kept_off_text(const CpuSet& cpus, const std::vector<std::string>& names) {
    if (names.empty()) return {};
    std::string text = "slices do not keep these units off CPU " + to_list(cpus) + ": ";
    for (std::size_t at = 0; at < std::min(names.size(), most_named); ++at)
        text += (at == 0 ? "" : ", ") + names[at];
    return names.size() > most_named ? text + ", and " + std::to_string(names.size() - most_named) + " more"
                                     : text;
}

} // namespace hostlease
