#include "knobs/parts/isolation.hpp"
#include "plan/checks.hpp"

namespace hostlease {

void check_place(const PlanInput& input, Diagnostics& notes) {
    const Setting* setting = input.policy.find("cpus.isolate");
    if (input.placement == nullptr || !input.placement->is_found() || setting == nullptr ||
        !std::holds_alternative<CpuSet>(setting->value))
        return;
    const CpuSet isolated = isolated_cpus(input);
    const CpuSet chosen = input.placement->vcpu_cpus() | input.placement->idle;
    const CpuSet left_out = chosen - isolated;
    const CpuSet added = isolated - chosen;
    const std::string hint = "set cpus.isolate = \"pinned\" to isolate the CPUs that cpus.place chooses";
    if (!left_out.empty())
        notes.add(severity_of(input.policy.enforcement("cpus.isolate")), setting->position,
                  "cpus.isolate is " + to_list(isolated) + ", but cpus.place chooses CPU " + to_list(chosen) +
                      " for the VM: CPU " + to_list(left_out) + " would not be isolated",
                  hint);
    else if (!added.empty())
        notes.warning(setting->position,
                      "cpus.isolate also takes CPU " + to_list(added) +
                          " from the host and other VMs, which cpus.place does not choose for the VM",
                      hint);
}

} // namespace hostlease
