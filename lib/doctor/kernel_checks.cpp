// Checks of the kernel: its features and its command line. Source: Documentation/admin-guide/cgroup-v2.rst
// and kernel-parameters.txt, 6.1 to 7.2; power/pm_qos_interface.rst.
#include "core/units.hpp"
#include "doctor/checks.hpp"
#include "knobs/parts/partitions.hpp"

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
     "these CPUs have no load balancing until the next boot, even for VMs without a policy: a vCPU that may "
     "use several of them stays on one",
     true},
    {"nohz_full=", "no timer ticks on these CPUs while a single task runs: useful for pinned vCPUs", false},
    {"rcu_nocbs=", "RCU callbacks of these CPUs run on other CPUs", false},
    {"default_hugepagesz=", "the page size of a <hugepages/> that names none", false},
    {"hugepages=", "pages reserved at boot: VMs use them first, and hostlease never removes them", false}};

std::string sizes_text(const std::set<std::uint64_t>& sizes) {
    std::string text;
    for (const auto size : sizes)
        text += (text.empty() ? "" : ", ") + format_size(size);
    return text;
}

/// Warns about threads of VMs without a partition that are pinned to the partition of another VM.
void add_moved_threads(const DoctorFacts& facts, DoctorLines& lines) {
    for (const auto& lease : facts.ledger.leases)
        for (const auto& unit : facts.host.cgroups.machine)
            for (const auto& [name, cpus] : unit.bound_within(partition_cpus(lease).all()))
                if (unit.exclusive.empty())
                    lines.push_back(warns(name + " is pinned to CPU " + to_list(cpus) + ", which VM '" +
                                              lease.domain +
                                              "' uses exclusively in a partition: it now runs on other CPUs",
                                          "pin the two VMs to different CPUs"));
}
} // namespace

DoctorLines check_kernel(const DoctorFacts& facts) {
    if (!facts.host_problem.empty())
        return {fails("cannot read this host: " + facts.host_problem,
                      facts.user == 0 ? "" : "run hostlease doctor as root")};
    DoctorLines lines{
        passes("Linux " + (facts.host.kernel.empty() ? "of an unknown version" : facts.host.kernel))};
    if (!facts.has_latency_limits)
        lines.push_back(
            warns("the kernel offers no wake-up latency limit for CPUs: power.wakeup_latency has no effect",
                  "use a kernel with CONFIG_CPU_IDLE and CONFIG_PM"));
    if (facts.host.cpufreq.empty())
        lines.push_back(warns(
            "no cpufreq driver: hostlease cannot set governors and frequencies",
            "load a driver or remove [power] from the policy; virtual machines usually have no driver"));
    return lines;
}

DoctorLines check_cgroups(const DoctorFacts& facts) {
    if (!facts.host.cgroups.has_cpuset)
        return {warns("no cgroup v2 with the cpuset controller: [cpus] has no effect",
                      "boot with systemd.unified_cgroup_hierarchy=1")};
    if (!facts.host.cgroups.has_remote_partitions)
        return {warns("the kernel does not support partitions inside a VM's cgroup: slices keep the host off "
                      "its CPUs, but kernel threads stay",
                      "use Linux 6.7 or newer")};
    DoctorLines lines{passes("cgroup v2, the cpuset controller, and partitions inside a VM's cgroup")};
    if (const CpuSet& lost = facts.host.cgroups.lost; !lost.empty())
        lines.push_back(fails(lost_cpus_text(lost), "reboot the host; until then VMs get no partitions"));
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
    for (const auto size : missing) {
        const std::string directory = "/dev/hugepages" + kernel_size(size);
        lines.push_back(warns(
            "not mounted for pages of " + format_size(size) + ": VMs can use such pages only through memfd",
            "run mkdir -p " + directory + " && mount -t hugetlbfs -o pagesize=" + kernel_size(size) +
                " none " + directory + ", before the libvirt daemon starts"));
    }
    if (lines.empty())
        lines.push_back(warns("the kernel has no huge page pools", "use a kernel with CONFIG_HUGETLBFS"));
    return lines;
}

DoctorLines check_iommu(const DoctorFacts& facts) {
    if (facts.iommu_groups > 0)
        return {passes(std::to_string(facts.iommu_groups) + " IOMMU group" +
                       (facts.iommu_groups == 1 ? "" : "s"))};
    return {passes("no IOMMU groups; only VMs with host devices (VFIO) need them")};
}

DoctorLines check_boot(const DoctorFacts& facts) {
    DoctorLines lines;
    for (const auto& word : facts.command_line)
        for (const auto& known : boot_words) {
            if (!word.starts_with(known.prefix)) continue;
            const std::string text = word + ": " + std::string(known.meaning);
            lines.push_back(known.is_trouble ? warns(text, "use cpus.isolate, which isolates CPUs only while "
                                                           "a VM runs; keep managed_irq if drivers need it")
                                             : passes(text));
        }
    if (lines.empty())
        lines.push_back(passes("the kernel's command line isolates no CPUs and reserves no huge pages"));
    return lines;
}

} // namespace hostlease
