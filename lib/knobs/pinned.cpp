#include "knobs/pinned.hpp"

namespace hostlease {

CpuSet pinned_or_note(const PlanInput& input, const Setting& setting, std::string_view key, KnobPlan& plan) {
    CpuSet pinned = pinned_cpus(input.domain);
    if (pinned.empty())
        plan.notes.warning(setting.position, std::string(key) + " does nothing: the domain's vCPUs are not pinned",
                           "add <vcpupin> elements to the domain's <cputune>");
    return pinned;
}

} // namespace hostlease
