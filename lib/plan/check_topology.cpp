#include "knobs/parts/housekeeping.hpp"
#include "knobs/parts/isolation.hpp"
#include "knobs/parts/partitions.hpp"
#include "plan/checks.hpp"

namespace hostlease {

namespace {
constexpr std::string_view isolate_key = "cpus.isolate";
constexpr std::string_view siblings_key = "cpus.keep_siblings";
constexpr std::string_view minimum_key = "cpus.housekeeping_min_cores";

/// A host needs this many cores for its own work and for QEMU's other threads.
constexpr std::size_t comfortable_cores = 2;

const SourcePosition& position_of(const PlanInput& input, std::string_view key) {
    const Setting* setting = input.policy.find(key);
    return (setting != nullptr ? setting : isolation_setting(input.policy))->position;
}

void check_siblings(const PlanInput& input, const CpuSet& isolated, Diagnostics& notes) {
    const Setting* setting = input.policy.find(siblings_key);
    const std::string word = setting == nullptr ? "warn" : setting->plain();
    if (word == "allow") return;
    const CpuSet taken = isolated | taken_by_others(input);
    CpuSet apart; // CPUs of the VM
    CpuSet left;  // the host's CPUs of the same cores
    for (const auto& core : cores_of(input.facts)) {
        const CpuSet host = (core & input.facts.online) - taken;
        if (!core.intersects(isolated) || host.empty()) continue;
        apart |= core & isolated;
        left |= host;
    }
    if (left.empty()) return;
    const std::string message =
        "CPU " + to_list(apart) + " would belong to the VM and CPU " + to_list(left) +
        ", the sibling threads of the same cores, to the host: work on these threads slows the VM down";
    notes.add(word == "error" ? Severity::error : Severity::warning, position_of(input, siblings_key),
              message, "give the VM whole cores, or set cpus.keep_siblings = \"allow\"");
}

void check_housekeeping(const PlanInput& input, const CpuSet& isolated, Diagnostics& notes) {
    CpuSet taken = isolated | taken_by_others(input);
    if (plans_partitions(input)) taken |= helper_cpus(input.domain);
    const auto whole = whole_cores_without(input.facts, taken);
    const CoreLimit limit = least_cores(input);
    const CpuSet besides = (closed_cpus(input.facts) & input.facts.online) - taken;
    const std::string left =
        "CPU " + to_list(taken) + " isolated leaves the host " + std::to_string(whole) + " of " +
        std::to_string(cores_of(input.facts).size()) + " cores" +
        (besides.empty() ? "" : " (CPU " + to_list(besides) + " is isolated by isolcpus= or in a partition)");
    if (whole < limit.cores)
        notes.error(position_of(input, minimum_key),
                    left + ", but at least " + std::to_string(limit.cores) + " must stay" + limit.asked_by,
                    "isolate fewer CPUs");
    else if (whole < comfortable_cores)
        notes.warning(position_of(input, isolate_key),
                      left + "; interrupts, QEMU's own threads and all other work share it",
                      "leave the host two or more cores");
}

/// Source: Documentation/admin-guide/kernel-parameters.txt, nohz_full: the boot CPU keeps the time.
void check_boot_cpu(const PlanInput& input, const CpuSet& isolated, Diagnostics& notes) {
    const bool is_offline = !input.facts.online.empty() && !input.facts.online.contains(0);
    if (isolated.contains(0) && !is_offline && !notes.has_errors())
        notes.note(
            position_of(input, isolate_key),
            "CPU 0 would belong to the VM, but timekeeping, some interrupts and kernel threads stay on it",
            "leave CPU 0 to the host if the VM must respond quickly");
}

void check_presence(const PlanInput& input, const CpuSet& isolated, Diagnostics& notes) {
    const CpuSet absent = isolated - input.facts.possible;
    if (input.facts.possible.empty() || absent.empty() || input.policy.find(isolate_key) == nullptr) return;
    if (std::holds_alternative<CpuSet>(input.policy.find(isolate_key)->value))
        notes.warning(position_of(input, isolate_key),
                      "these CPUs do not exist on this host: " + to_list(absent),
                      "its CPUs are " + to_list(input.facts.possible));
}
} // namespace

void check_topology(const PlanInput& input, Diagnostics& notes) {
    const CpuSet isolated = isolated_cpus(input);
    if (isolated.empty()) return;
    check_siblings(input, isolated, notes);
    check_housekeeping(input, isolated, notes);
    check_boot_cpu(input, isolated, notes);
    check_presence(input, isolated, notes);
}

} // namespace hostlease
