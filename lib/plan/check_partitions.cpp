#include "knobs/parts/domain_threads.hpp"
#include "knobs/parts/isolation.hpp"
#include "knobs/parts/partitions.hpp"
#include "plan/checks.hpp"

namespace hostlease {

namespace {
/// The kernel lets no outside task onto the CPUs of a valid partition: sched_setaffinity(2) to only these
/// CPUs fails with EINVAL.
void check_threads(const PlanInput& input, const PartitionFacts& partition, const SourcePosition& position,
                   Diagnostics& notes) {
    auto threads = vcpu_threads(input.domain);
    const auto helpers = helper_threads(input.domain);
    threads.insert(threads.end(), helpers.begin(), helpers.end());
    for (const auto& thread : threads)
        if (thread.cpus.is_subset_of(partition.cpus))
            return notes.error(position,
                               thread.text() + " is pinned to CPU " + to_list(thread.cpus) +
                                   ", which belongs to the cgroup partition '" + partition.name + "' (" +
                                   partition.state + "): libvirt would fail with \"cannot set CPU affinity\"",
                               "pin the thread to other CPUs, or end the partition");
}
} // namespace

void check_partitions(const PlanInput& input, Diagnostics& notes) {
    const CpuSet isolated = isolated_cpus(input);
    const CpuSet wanted = isolated | pinned_cpus(input.domain);
    const Setting* setting = isolation_setting(input.policy);
    const SourcePosition position =
        setting == nullptr ? SourcePosition{input.policy.file, 0, 0} : setting->position;
    for (const auto& partition : input.facts.cgroups.partitions) {
        const CpuSet shared = wanted & partition.cpus;
        if (partition.is_for_machines || is_home_of(input.domain, partition) || shared.empty()) continue;
        const bool is_valid = partition.state == "root" || partition.state == "isolated";
        if (is_valid) check_threads(input, partition, position, notes);
        const std::string message = "CPU " + to_list(shared) + " of VM '" + input.domain.name +
                                    "' belongs to the cgroup partition '" + partition.name + "' (" +
                                    partition.state + "), which hostlease leaves as it is";
        notes.add(isolated.intersects(shared) ? severity_of(input.policy.enforcement("cpus.isolate"))
                                              : Severity::warning,
                  position, message, "give the VM other CPUs, or end the partition");
    }
}

} // namespace hostlease
