// The kernel: what it can do, and what it was booted with.
// Source: Documentation/admin-guide/cgroup-v2.rst and kernel-parameters.txt, 6.1 to 7.2; power/pm_qos_interface.rst.
#include "core/units.hpp"
#include "engine/doctor/checks.hpp"
#include "knobs/partitions.hpp"

#include <algorithm>
#include <set>

namespace hostlease {

namespace {
struct BootWord {
    std::string_view prefix;
    std::string_view meaning;
    bool is_trouble;
};

constexpr BootWord boot_words[] = {
    {"isolcpus=",
     "these CPUs have no load balancing until the next boot, for VMs without a policy as well: a vCPU that may use several stays "
     "on one",
     true},
    {"nohz_full=", "no timer ticks on these CPUs while one task runs: what VMs with pinned vCPUs can use", false},
    {"rcu_nocbs=", "RCU's callbacks of these CPUs run on others", false},
    {"default_hugepagesz=", "the size of <hugepages/> without a size", false},
    {"hugepages=", "pages set up at boot: they are used first, and never taken away", false}};

std::string sizes_text(const std::set<std::uint64_t>& sizes) {
    std::string text;
    for (const auto size : sizes)
        text += (text.empty() ? "" : ", ") + format_size(size);
    return text;
}

/// Of VMs without a partition: their threads that are pinned to the partition of another VM.
void add_moved_threads(const DoctorFacts& facts, DoctorLines& lines) {
    for (const auto& lease : facts.ledger.leases)
        for (const auto& unit : facts.host.cgroups.machine)
            for (const auto& [name, cpus] : unit.bound_within(partition_cpus(lease).all()))
                if (unit.exclusive.empty())
                    lines.push_back(warns(name + " is pinned to CPU " + to_list(cpus) + ", which VM '" + lease.domain +
                                              "' has for itself in a partition: it runs on other CPUs",
                                          "pin the two to different CPUs"));
}
} // namespace

DoctorLines check_kernel(const DoctorFacts& facts) {
    if (!facts.host_problem.empty())
        return {fails("this host cannot be looked at: " + facts.host_problem, "hostlease doctor as root")};
    DoctorLines lines{passes("Linux " + (facts.host.kernel.empty() ? "of an unknown version" : facts.host.kernel))};
    if (!facts.has_latency_limits)
        lines.push_back(warns("no wake-up latency can be set for a CPU: power.wakeup_latency does nothing",
                              "use a kernel with CONFIG_CPU_IDLE and CONFIG_PM"));
    if (facts.host.cpufreq.empty())
        lines.push_back(warns("no cpufreq driver: governors and frequencies cannot be set",
                              "load one, or leave [power] out; guests of a hypervisor have none"));
    return lines;
}

DoctorLines check_cgroups(const DoctorFacts& facts) {
    if (!facts.host.cgroups.has_cpuset)
        return {warns("no cgroup v2 with the cpuset controller: [cpus] does nothing",
                      "boot with systemd.unified_cgroup_hierarchy=1")};
    if (!facts.host.cgroups.has_remote_partitions)
        return {warns(
            "the kernel makes no partitions inside a VM's cgroup: slices keep the host off its CPUs, and kernel threads stay",
            "use Linux 6.7 or newer")};
    DoctorLines lines{passes("cgroup v2, the cpuset controller, and partitions inside a VM's cgroup")};
    if (const CpuSet& lost = facts.host.cgroups.lost; !lost.empty())
        lines.push_back(fails(lost_cpus_text(lost), "boot the host again; until then VMs get no partitions"));
    add_moved_threads(facts, lines);
    return lines;
}

DoctorLines check_mounts(const DoctorFacts& facts) {
    std::set<std::uint64_t> missing;
    for (const auto& pool : facts.host.pools)
        if (std::find(facts.mounts.begin(), facts.mounts.end(), pool.id.page_size) == facts.mounts.end())
            missing.insert(pool.id.page_size);
    const std::set<std::uint64_t> mounted(facts.mounts.begin(), facts.mounts.end());
    DoctorLines lines;
    if (!mounted.empty()) lines.push_back(passes("mounted for pages of " + sizes_text(mounted)));
    for (const auto size : missing)
        lines.push_back(warns("not mounted for pages of " + format_size(size) + ": such VMs start from memfd alone",
                              "mount -t hugetlbfs -o pagesize=" + std::to_string(size / MiB) + "M none /dev/hugepages" +
                                  std::to_string(size / MiB) + "M, before libvirt's daemon starts"));
    if (lines.empty()) lines.push_back(warns("the kernel has no huge page pools", "use a kernel with CONFIG_HUGETLBFS"));
    return lines;
}

DoctorLines check_iommu(const DoctorFacts& facts) {
    if (facts.iommu_groups > 0) return {passes(std::to_string(facts.iommu_groups) + " groups")};
    return {passes("no groups; only VMs that get devices of the host (VFIO) need one")};
}

DoctorLines check_boot(const DoctorFacts& facts) {
    DoctorLines lines;
    for (const auto& word : facts.command_line)
        for (const auto& known : boot_words) {
            if (!word.starts_with(known.prefix)) continue;
            const std::string text = word + ": " + std::string(known.meaning);
            lines.push_back(
                known.is_trouble
                    ? warns(text, "cpus.isolate does it for as long as a VM runs; keep managed_irq where drivers need it")
                    : passes(text));
        }
    if (lines.empty()) lines.push_back(passes("nothing on the kernel's command line isolates CPUs or sets up pages"));
    return lines;
}

} // namespace hostlease
