#include "audit/cases.hpp"
#include "support/builders.hpp"

namespace hostlease::test {

namespace {
auto file(const std::string& path, const std::string& value) {
    return [=](AuditScene& scene) { scene.host.files[path] = value; };
}
auto service(const std::string& name) {
    return [=](AuditScene& scene) { scene.host.host.cgroups.services.push_back(name); };
}
/// Applies both changes.
auto with(std::function<void(AuditScene&)> first, std::function<void(AuditScene&)> second) {
    return [=](AuditScene& scene) {
        first(scene);
        second(scene);
    };
}
auto leases(const std::string& key, const std::string& value) {
    return [=](AuditScene& scene) {
        scene.policy = policy_with({{key, value}});
        scene.with_policy = true;
    };
}
auto disk(const std::string& name, const std::string& scheduler, bool rotational = false) {
    return [=](AuditScene& scene) { scene.host.disks[name] = {scheduler, rotational}; };
}
void governor(AuditScene& scene) {
    scene.host.host.cpufreq.push_back({.name = "policy4", .cpus = {4}});
    scene.host.files["/sys/devices/system/cpu/cpufreq/policy4/scaling_governor"] = "powersave";
}
auto path(const std::string& path, bool exists) {
    return [=](AuditScene& scene) { scene.host.paths[path] = {.exists = exists}; };
}
std::string disk_at(const std::string& file) {
    return "<devices><disk type='file'><source file='" + file +
           "'/><target dev='vda' bus='virtio'/></disk></devices>";
}
const std::string firmware =
    "<os><type arch='x86_64' machine='pc-q35-8.2'>hvm</type><loader type='pflash'>/fw/code.fd</loader>"
    "<nvram template='/fw/vars.fd'>/nvram.fd</nvram></os>";
const std::string huge = "<memoryBacking><hugepages/></memoryBacking>";
const std::string swappiness = "/proc/sys/vm/swappiness";
const std::string ksm = "/sys/kernel/mm/ksm/run";
const std::string thp = "/sys/kernel/mm/transparent_hugepage/enabled";
const std::string balancing = "/proc/sys/kernel/numa_balancing";
} // namespace

std::vector<AuditCase> host_cases() {
    const auto pinned = pins({"4"});
    return {
        {"HOST-KVM", true, "", [](AuditScene& scene) { scene.host.files.erase("/dev/kvm"); }},
        {"HOST-KVM", true, "", file("/sys/module/kvm_intel/parameters/ept", "N")},
        {"HOST-KVM", true, "", file("/sys/module/kvm_amd/parameters/avic", "N")},
        {"HOST-KVM", true, "<features><hyperv><evmcs state='on'/></hyperv></features>",
         file("/sys/module/kvm_intel/parameters/nested", "N")},
        {"HOST-KVM", false, "", file("/sys/module/kvm_intel/parameters/ept", "Y")},
        {"HOST-CGROUP2", true, "",
         [](AuditScene& scene) { scene.host.files.erase("/sys/fs/cgroup/cgroup.controllers"); }},
        {"HOST-CGROUP2", false, ""},
        {"HOST-CPUSET", true, "", [](AuditScene& scene) { scene.host.host.cgroups.has_cpuset = false; }},
        {"HOST-CPUSET", false, ""},
        {"HOST-SWAPPINESS", true, "", file(swappiness, "60")},
        {"HOST-SWAPPINESS", false, "", file(swappiness, "10")},
        {"HOST-SWAPPINESS", false, "", with(file(swappiness, "60"), leases("memory.swappiness", "10"))},
        {"HOST-KSM", true, "", file(ksm, "1")},
        {"HOST-KSM", false, "", file(ksm, "0")},
        {"HOST-THP", true, "", file(thp, "never")},
        {"HOST-THP", false, "", file(thp, "madvise")},
        {"HOST-HUGETLB-MOUNT", true, huge, [](AuditScene& scene) { scene.host.has_hugetlb_mount = false; }},
        {"HOST-HUGETLB-MOUNT", false, huge},
        {"HOST-NUMA-BALANCING", true, pinned, file(balancing, "1")},
        {"HOST-NUMA-BALANCING", false, pinned, file(balancing, "0")},
        {"HOST-GOVERNOR", true, pinned, governor},
        {"HOST-GOVERNOR", false, pinned, with(governor, leases("power.governor", "performance"))},
        {"HOST-ISOLATION", true, pinned},
        {"HOST-ISOLATION", false, pinned, leases("cpus.isolate", "pinned")},
        {"HOST-ISOLATION", true, pinned,
         file("/proc/cmdline", "quiet isolcpus=domain,managed_irq,4-5 nohz_full=4-5")},
        {"HOST-ISOLATION", false, pinned,
         file("/proc/cmdline", "quiet isolcpus=managed_irq,4-5 nohz_full=4-5 rcu_nocbs=4,5")},
        {"HOST-ISOLATION", false, pinned,
         file("/proc/cmdline", "quiet isolcpus=4-N nohz_full=4-N rcu_nocbs=all")},
        {"HOST-ISOLATION", true, pinned,
         file("/proc/cmdline", "quiet isolcpus=4-N nohz_full=4-5 rcu_nocbs=all")},
        {"HOST-IRQBALANCE", true, pinned, service("irqbalance.service")},
        {"HOST-IRQBALANCE", false, pinned,
         with(service("irqbalance.service"), leases("irqs.balancer", "ban"))},
        {"HOST-TUNED", true, "", service("tuned.service")},
        {"HOST-TUNED", true, "", with(service("tlp.service"), leases("power.governor", "performance"))},
        {"HOST-TUNED", false, "", service("ssh.service")},
        {"HOST-DISK-SCHEDULER", true, "", disk("nvme0n1", "mq-deadline")},
        {"HOST-DISK-SCHEDULER", true, "", disk("sda", "bfq")},
        {"HOST-DISK-SCHEDULER", false, "", disk("sda", "mq-deadline")},
        {"HOST-DISK-SCHEDULER", false, "", disk("sda", "bfq", true)},
        {"HOST-FSTRIM", true, "",
         with(disk("sda", "none"), [](AuditScene& scene) { scene.host.trims_disks = false; })},
        {"HOST-FSTRIM", false, "", disk("sda", "none")},
        {"HOST-HOOK", true, "", [](AuditScene& scene) { scene.host.hook.clear(); }},
        {"HOST-HOOK", true, "", [](AuditScene& scene) { scene.host.hook_problem = "may not be run"; }},
        {"HOST-HOOK", false, ""},
        {"HOST-PATHS", true, disk_at("/images/a.qcow2"), path("/images/a.qcow2", false)},
        {"HOST-PATHS", true, firmware, with(path("/fw/code.fd", false), path("/fw/vars.fd", true))},
        {"HOST-PATHS", true, firmware,
         with(path("/fw/code.fd", true), with(path("/fw/vars.fd", false), path("/nvram.fd", false)))},
        {"HOST-PATHS", false, firmware,
         with(path("/fw/code.fd", true), with(path("/fw/vars.fd", false), path("/nvram.fd", true)))},
        {"HOST-PATHS", false, firmware,
         with(path("/fw/code.fd", true), with(path("/fw/vars.fd", true), path("/nvram.fd", false)))},
        {"HOST-PATHS", false, disk_at("/images/a.qcow2"), path("/images/a.qcow2", true)}};
}

} // namespace hostlease::test
