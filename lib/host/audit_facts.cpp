#include "host/audit_facts.hpp"

#include "core/kernel_text.hpp"
#include "core/parse.hpp"
#include "host/disk_facts.hpp"
#include "host/facts.hpp"
#include "host/other_domains.hpp"
#include "host/process.hpp"

#include <algorithm>

namespace hostlease {

namespace {
const std::string cpu_directory = "/sys/devices/system/cpu/cpu";

constexpr const char* value_files[] = {"/proc/cmdline",
                                       "/proc/sys/vm/swappiness",
                                       "/proc/sys/kernel/numa_balancing",
                                       "/sys/kernel/mm/ksm/run",
                                       "/sys/kernel/mm/transparent_hugepage/enabled",
                                       "/sys/fs/cgroup/cgroup.controllers",
                                       "/sys/devices/system/cpu/isolated",
                                       "/sys/module/kvm/parameters/hpage",
                                       "/sys/module/kvm_intel/parameters/ept",
                                       "/sys/module/kvm_intel/parameters/nested",
                                       "/sys/module/kvm_intel/parameters/enable_apicv",
                                       "/sys/module/kvm_amd/parameters/npt",
                                       "/sys/module/kvm_amd/parameters/nested",
                                       "/sys/module/kvm_amd/parameters/avic"};

std::optional<std::string> read_value(Host& host, const std::string& path) {
    const auto text = host.read(path);
    if (!text) return std::nullopt;
    return knob_value(*text);
}

CpuSet read_cpus(Host& host, const std::string& path) {
    return parse_cpu_list(read_value(host, path).value_or("")).value_or(CpuSet{});
}

bool exists(Host& host, const std::string& path) { return host.status(path).has_value(); }

void read_values(Host& host, AuditFacts& facts) {
    for (const char* path : value_files)
        if (auto value = read_value(host, path)) facts.files[path] = std::move(*value);
    for (const auto& policy : facts.host.cpufreq) {
        const auto path = "/sys/devices/system/cpu/cpufreq/" + policy.name + "/scaling_governor";
        if (auto value = read_value(host, path)) facts.files[path] = std::move(*value);
    }
    if (exists(host, "/dev/kvm")) facts.files["/dev/kvm"] = "";
}

void read_cpu(Host& host, AuditFacts& facts) {
    const auto text = host.read("/proc/cpuinfo").value_or(std::string{});
    split(std::string_view(text).substr(0, text.find("\n\n")), '\n', [&](std::string_view line) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return;
        const auto name = trim(line.substr(0, colon));
        const auto value = trim(line.substr(colon + 1));
        if (name == "vendor_id") facts.cpu_vendor = value;
        if (name == "flags") split(value, ' ', [&](std::string_view flag) { facts.cpu_flags.emplace(flag); });
    });
    facts.performance_cpus = read_cpus(host, "/sys/devices/cpu_core/cpus");
    facts.efficient_cpus = read_cpus(host, "/sys/devices/cpu_atom/cpus");
}

/// CPUs that share the highest-level cache with this CPU.
CpuSet last_cache(Host& host, unsigned cpu) {
    const auto directory = cpu_directory + std::to_string(cpu) + "/cache";
    CpuSet cpus;
    unsigned highest = 0;
    for (const auto& name : host.list(directory).value_or(std::vector<std::string>{})) {
        if (!name.starts_with("index")) continue;
        const auto level =
            parse_integer<unsigned>(read_value(host, directory + "/" + name + "/level").value_or(""))
                .value_or(0);
        if (level < highest || level < 3) continue;
        highest = level;
        cpus = read_cpus(host, directory + "/" + name + "/shared_cpu_list");
    }
    return cpus;
}

void read_caches(Host& host, AuditFacts& facts) {
    CpuSet seen;
    for (const unsigned cpu : facts.host.online.members()) {
        if (seen.contains(cpu)) continue;
        const auto cache = last_cache(host, cpu);
        if (cache.empty()) continue;
        seen |= cache;
        facts.caches.push_back(cache);
    }
}

void read_disks(Host& host, const Domain& domain, AuditFacts& facts) {
    read_disk_facts(host, domain, facts.host);
    for (const auto& [image, found] : facts.host.images)
        for (const auto& device : found.devices) {
            const auto queue = "/sys/block/" + device + "/queue/";
            facts.disks[device] = {read_value(host, queue + "scheduler").value_or(""),
                                   read_value(host, queue + "rotational").value_or("0") == "1"};
        }
}

void read_mounts(Host& host, AuditFacts& facts) {
    const auto text = host.read("/proc/mounts").value_or(std::string{});
    split(text, '\n', [&](std::string_view line) {
        if (line.find(" hugetlbfs ") != std::string_view::npos) facts.has_hugetlb_mount = true;
    });
    facts.trims_disks = exists(host, "/etc/systemd/system/timers.target.wants/fstrim.timer");
}

void read_others(Host& host, const Domain& domain, AuditFacts& facts) {
    facts.others = read_other_domains(host, domain, facts.host.online, facts.others_problem);
    const auto own = find_qemu(host, domain.name);
    facts.is_running = own && *own;
}
} // namespace

Result<AuditFacts> read_audit_facts(Host& host, const Domain& domain) {
    AuditFacts facts;
    facts.host = TRY(read_facts(host));
    read_values(host, facts);
    read_cpu(host, facts);
    read_caches(host, facts);
    read_disks(host, domain, facts);
    read_mounts(host, facts);
    read_others(host, domain, facts);
    return facts;
}

} // namespace hostlease
