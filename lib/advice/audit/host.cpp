// The host's kernel: KVM, cgroups, memory, frequencies, isolation.
#include "advice/audit/elements.hpp"
#include "advice/audit/rule.hpp"
#include "core/parse.hpp"

namespace hostlease {

namespace {
constexpr std::string_view vm_doc = "https://docs.kernel.org/admin-guide/sysctl/vm.html";
constexpr std::string_view cgroup_doc = "https://docs.kernel.org/admin-guide/cgroup-v2.html";

bool is_yes(std::string_view value) { return value == "Y" || value == "1"; }

void fail_host(AuditOutcome& outcome, std::string found, std::string wanted,
               std::optional<Severity> severity = {}) {
    outcome.fail(
        {.line = 0, .found = std::move(found), .wanted = std::move(wanted), .xml = {}, .severity = severity});
}

void check_kvm(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& host = *input.host;
    if (!host.has("/dev/kvm"))
        return fail_host(outcome, "/dev/kvm does not exist",
                         "load kvm_intel or kvm_amd, and enable virtualization in the firmware",
                         Severity::error);
    for (const char* path : {"/sys/module/kvm_intel/parameters/ept", "/sys/module/kvm_amd/parameters/npt"})
        if (host.has(path) && !is_yes(host.value(path)))
            fail_host(outcome, std::string(path) + " is off", "on: the CPU walks the guest's page tables");
    for (const char* path :
         {"/sys/module/kvm_intel/parameters/enable_apicv", "/sys/module/kvm_amd/parameters/avic"})
        if (host.has(path) && !is_yes(host.value(path)))
            fail_host(outcome, std::string(path) + " is off",
                      "on, if the CPU supports it: interrupts reach a vCPU without an exit", Severity::note);
    if (attribute(find(input.root, "features/hyperv/evmcs"), "state") != "on") return;
    if (const std::string path = "/sys/module/kvm_intel/parameters/nested";
        host.has(path) && !is_yes(host.value(path)))
        fail_host(outcome, path + " is off, but <evmcs> is on", "on, for nested guests", Severity::note);
}

void check_cgroup2(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (!input.host->has("/sys/fs/cgroup/cgroup.controllers"))
        fail_host(outcome, "the host uses cgroup v1",
                  "cgroup v2 (systemd.unified_cgroup_hierarchy=1), which CPU isolation needs");
}

void check_cpuset(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (!input.host->has("/sys/fs/cgroup/cgroup.controllers")) return outcome.skip("the host uses cgroup v1");
    if (!input.host->host.cgroups.has_cpuset)
        fail_host(outcome, "the kernel has no cpuset controller",
                  "a kernel with CONFIG_CPUSETS and without cgroup_disable=cpuset on its command line");
}

/// The host's value if the policy does not lease it. If the host does not have the path, also skips the rule.
std::optional<std::string> unleased(const AuditInput& input, std::string_view path, std::string_view key,
                                    AuditOutcome& outcome) {
    if (!input.host->has(path)) {
        outcome.skip("the host does not have " + std::string(path));
        return std::nullopt;
    }
    if (input.leases(key)) return std::nullopt;
    return input.host->value(path);
}

void check_swappiness(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto value = unleased(input, "/proc/sys/vm/swappiness", "memory.swappiness", outcome);
    if (value && parse_integer<unsigned>(*value).value_or(0) > 10)
        fail_host(outcome, "vm.swappiness is " + *value,
                  "10 while the VM runs: memory.swappiness = 10 in the policy");
}

void check_ksm(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto value = unleased(input, "/sys/kernel/mm/ksm/run", "memory.ksm", outcome);
    if (value && *value == "1")
        fail_host(outcome, "KSM merges pages", "memory.ksm = \"off\" in the policy, unless memory is short");
}

void check_thp(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (input.domain.backing.hugepages)
        return outcome.skip("the VM's memory is already backed by reserved huge pages");
    const auto value = unleased(input, "/sys/kernel/mm/transparent_hugepage/enabled",
                                "memory.transparent_hugepages", outcome);
    if (value && *value == "never")
        fail_host(outcome, "transparent huge pages are off",
                  "memory.transparent_hugepages = \"madvise\" in the policy; QEMU requests these pages by "
                  "madvise()");
}

/// Huge pages in a memfd need no mount.
void check_mount(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& backing = input.domain.backing;
    if (!backing.hugepages) return outcome.skip("the domain asks for no huge pages");
    if (backing.source == "memfd") return outcome.skip("huge pages in a memfd need no hugetlbfs mount");
    if (!input.host->has_hugetlb_mount)
        fail_host(outcome, "no hugetlbfs is mounted",
                  "run systemctl start dev-hugepages.mount and restart the libvirt daemon");
}

void check_balancing(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (input.host->host.nodes.size() < 2) return outcome.skip("the host has one NUMA node");
    if (pinned_cpus(input.domain).empty()) return outcome.skip("no vCPU is pinned");
    const auto value = unleased(input, "/proc/sys/kernel/numa_balancing", "memory.numa_balancing", outcome);
    if (value && *value != "0")
        fail_host(
            outcome, "kernel.numa_balancing is " + *value,
            "memory.numa_balancing = \"off\" in the policy: pins and memory bindings already place the VM");
}

void check_governor(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto pinned = pinned_cpus(input.domain);
    if (pinned.empty()) return outcome.skip("no vCPU is pinned");
    if (input.leases("power.governor")) return;
    bool any = false;
    for (const auto& policy : input.host->host.cpufreq) {
        if (!policy.cpus.intersects(pinned)) continue;
        any = true;
        const auto governor =
            input.host->value("/sys/devices/system/cpu/cpufreq/" + policy.name + "/scaling_governor");
        if (governor.empty() || governor == "performance") continue;
        return fail_host(outcome, "CPU " + to_list(policy.cpus) + " has the governor " + governor,
                         "power.governor = \"performance\" in the policy; if the guest stutters, "
                         "power.wakeup_latency too");
    }
    if (!any) outcome.skip("the host does not scale CPU frequencies");
}

/// A CPU list as the kernel reads it, without its leading flags: "all" means every CPU and "N" the last one.
/// Source: Documentation/admin-guide/kernel-parameters.rst, cpu lists (6.12).
CpuSet boot_cpus(const AuditInput& input, std::string_view list) {
    const auto& facts = input.host->host;
    const CpuSet all = facts.possible.empty() ? facts.online : facts.possible;
    const auto is_start = [](char first) { return first == 'N' || (first >= '0' && first <= '9'); };
    while (!list.empty() && list != "all" && !is_start(list.front())) {
        const auto comma = list.find(',');
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    }
    if (list == "all") return all;
    std::string numbers;
    for (const char character : list)
        numbers += character == 'N' && !all.empty() ? std::to_string(all.members().back())
                                                    : std::string(1, character);
    return parse_cpu_list(numbers).value_or(CpuSet{});
}

/// The CPUs of a boot parameter such as "isolcpus=domain,managed_irq,2-7", without leading flags; nullopt if
/// the parameter is missing, and an empty set if its list cannot be read.
std::optional<CpuSet> boot_parameter(const AuditInput& input, std::string_view name) {
    std::optional<CpuSet> found;
    split(input.host->value("/proc/cmdline"), ' ', [&](std::string_view word) {
        if (word.starts_with(name) && word.substr(name.size()).starts_with('='))
            found = boot_cpus(input, word.substr(name.size() + 1));
    });
    return found;
}

bool policy_isolates(const AuditInput& input) {
    if (input.policy == nullptr) return false;
    for (const auto& [key, setting] : input.policy->settings)
        if (key.starts_with("cpus.") && !input.policy->leaves(key)) return true;
    return false;
}

void check_isolation(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto pinned = pinned_cpus(input.domain);
    if (pinned.empty()) return outcome.skip("no vCPU is pinned");
    const auto isolated = boot_parameter(input, "isolcpus");
    const auto list = to_list(pinned);
    if (!isolated) {
        if (!policy_isolates(input))
            fail_host(outcome, "neither the policy nor the kernel's command line isolates the VM's CPUs",
                      "cpus.isolate = \"pinned\" in the policy; or permanently, on the kernel's command "
                      "line: isolcpus=" +
                          list + " nohz_full=" + list + " rcu_nocbs=" + list);
        return;
    }
    if (isolated->empty()) return outcome.skip("the CPU list of isolcpus= cannot be read");
    for (const char* name : {"nohz_full", "rcu_nocbs"})
        if (const auto cpus = boot_parameter(input, name); !cpus || !isolated->is_subset_of(*cpus))
            fail_host(outcome,
                      "isolcpus= is CPU " + to_list(*isolated) + ", " + name + "= " +
                          (cpus && !cpus->empty() ? "CPU " + to_list(*cpus) : std::string("nothing")),
                      "the same CPUs in all of isolcpus=, nohz_full= and rcu_nocbs=");
}

constexpr RuleMaker rule{.group = RuleGroup::host, .needs = host_facts};

constexpr Rule rules[] = {
    rule("HOST-KVM", Severity::warning, kvm | x86,
         "Without KVM and hardware virtualization, a guest is many times slower.",
         "the VM does not start, or the whole guest is slow", check_kvm,
         "https://docs.kernel.org/admin-guide/kernel-parameters.html"),
    rule("HOST-CGROUP2", Severity::note, anything, "hostlease isolates CPUs only through cgroup v2.",
         "stutter while the host is busy", check_cgroup2, cgroup_doc),
    rule("HOST-CPUSET", Severity::note, anything, "This controller assigns CPUs to slices and partitions.",
         "stutter while the host is busy", check_cpuset, cgroup_doc),
    rule("HOST-SWAPPINESS", Severity::note, anything,
         "A low value makes the host drop its page cache before it swaps out guests.",
         "the guest hangs for seconds", check_swappiness, vm_doc),
    rule("HOST-KSM", Severity::note, anything,
         "KSM uses CPU time to find equal pages, and a write to a merged page must copy it.",
         "CPU load while the host is idle", check_ksm, "https://docs.kernel.org/admin-guide/mm/ksm.html"),
    rule("HOST-THP", Severity::note, anything,
         "Transparent huge pages back guest memory that has no reserved huge pages.",
         "the whole guest is slightly slower", check_thp,
         "https://docs.kernel.org/admin-guide/mm/transhuge.html"),
    rule("HOST-HUGETLB-MOUNT", Severity::error, anything,
         "libvirt makes QEMU map huge pages from files in a hugetlbfs.", "the VM does not start", check_mount,
         "https://docs.kernel.org/admin-guide/mm/hugetlbpage.html"),
    rule("HOST-NUMA-BALANCING", Severity::note, anything,
         "The kernel periodically unmaps pages to find out which node uses them.", "short pauses",
         check_balancing, "https://docs.kernel.org/admin-guide/sysctl/kernel.html"),
    rule("HOST-GOVERNOR", Severity::note, anything, "An idle CPU needs time to reach its full frequency.",
         "stutter", check_governor, "https://docs.kernel.org/admin-guide/pm/cpufreq.html"),
    rule("HOST-ISOLATION", Severity::note, anything,
         "Boot parameters isolate CPUs permanently. A policy isolates them while the VM runs and gives them "
         "back when the VM stops.",
         "stutter while the host is busy", check_isolation,
         "https://docs.kernel.org/admin-guide/kernel-parameters.html")};
} // namespace

std::span<const Rule> host_rules() { return rules; }

} // namespace hostlease
