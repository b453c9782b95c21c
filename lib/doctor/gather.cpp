#include "core/parse.hpp"
#include "core/units.hpp"
#include "doctor/doctor.hpp"
#include "doctor/hook_place.hpp"
#include "engine/policy_store.hpp"
#include "host/facts.hpp"
#include "host/partition_facts.hpp"
#include "host/process.hpp"
#include "host/trusted_program.hpp"

#include <algorithm>

namespace hostlease {

namespace {
std::string read_line(Host& host, const std::string& path) {
    const auto text = host.read(path);
    return text ? std::string(trim(*text)) : std::string();
}

std::vector<std::string> names_in(Host& host, const std::string& directory) {
    return host.list(directory).value_or(std::vector<std::string>{});
}

bool exists(Host& host, const std::string& path) { return host.status(path).has_value(); }

/// Whether the system bus accepts connections. A client of D-Bus begins with a zero byte. Source: the D-Bus
/// specification, 0.43.
bool bus_listens(Host& host) {
    return host.tell("/run/dbus/system_bus_socket", std::string_view("\0", 1)).has_value();
}

/// The text between prefix and suffix in the first matching file name of these folders: "252" of
/// libsystemd-shared-252.so.
std::string version_in_names(Host& host, const std::vector<std::string>& folders, std::string_view prefix,
                             std::string_view suffix) {
    for (const auto& folder : folders)
        for (const auto& name : names_in(host, folder)) {
            const bool fits = name.size() > prefix.size() + suffix.size() && name.starts_with(prefix) &&
                              name.ends_with(suffix);
            if (fits) return name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
        }
    return {};
}

std::vector<std::string> library_folders(Host& host) {
    std::vector<std::string> folders{"/usr/lib64", "/usr/lib"};
    for (const auto& name : names_in(host, "/usr/lib"))
        if (name.ends_with("-linux-gnu")) folders.push_back("/usr/lib/" + name);
    return folders;
}

/// The version in the name of the library's file: libvirt.so.0.9000.0 is 9.0.0; 0 if not found. Source:
/// libvirt's meson.build, the version of its shared library.
unsigned long installed_libvirt(Host& host) {
    const auto text = version_in_names(host, library_folders(host), "libvirt.so.0.", "");
    const auto dot = text.find('.');
    const auto major = parse_integer<unsigned long>(text.substr(0, dot));
    const auto micro =
        dot == std::string::npos ? std::nullopt : parse_integer<unsigned long>(text.substr(dot + 1));
    return major && micro ? *major * 1000 + *micro : 0;
}

/// The version in the name of systemd's private library, which systemd's package always has and no other
/// package. Source: systemd's meson.build, 240 and later.
std::string installed_systemd(Host& host) {
    std::vector<std::string> folders;
    for (const auto& folder : library_folders(host))
        folders.push_back(folder + "/systemd");
    return version_in_names(host, folders, "libsystemd-shared-", ".so");
}

void gather_daemons(Host& host, DoctorFacts& facts) {
    constexpr std::int64_t ticks_per_second = 100; // USER_HZ, the same on every architecture with KVM
    const auto boot =
        host.wall_clock() - std::chrono::duration_cast<std::chrono::seconds>(host.now()).count();
    for (const std::string name : {"libvirtd", "virtqemud"}) {
        const auto pid = parse_integer<std::int64_t>(read_line(host, "/run/" + name + ".pid")).value_or(0);
        const auto daemon = find_daemon(host, pid);
        if (!daemon || !*daemon) continue;
        std::string label = read_line(host, "/proc/" + std::to_string(pid) + "/attr/current");
        label.resize(std::min(label.find('\0'), label.size())); // SELinux ends it with one
        facts.daemons.push_back({name,
                                 boot + static_cast<std::int64_t>((*daemon)->start_time) / ticks_per_second,
                                 label == "unconfined" ? "" : label, told_at(host, **daemon).value_or(0)});
    }
}

void gather_hooks(Host& host, DoctorFacts& facts) {
    for (const auto& path : own_hooks(host).value_or(std::vector<std::string>{})) {
        HookFacts hook{path, host.link_target(path).value_or(path), {}, 0, false};
        if (const auto fit = check_program(host, path); !fit) hook.problem = fit.error().text();
        if (const auto status = host.status(path)) hook.placed = status->changed;
        hook.is_confined = hook.program != path && !may_start_confined(hook.program);
        facts.hooks.push_back(std::move(hook));
    }
}

void gather_policies(Host& host, DoctorFacts& facts) {
    for (const std::string directory : {admin_policies, shipped_policies}) {
        const auto files = policy_files(host, directory);
        if (!files) facts.broken_policies.push_back(files.error().text());
        for (const auto& file : files.value_or(std::vector<std::string>{})) {
            auto policy = load_policy(host, file);
            if (!policy)
                facts.broken_policies.push_back(policy.error().all().front().position.text() + ": " +
                                                policy.error().all().front().message);
            else if (directory == admin_policies)
                facts.policies.push_back(std::move(*policy));
        }
    }
}

/// Reads lines of /proc/mounts such as "none /dev/hugepages hugetlbfs rw,pagesize=2M 0 0".
void gather_mounts(Host& host, DoctorFacts& facts) {
    constexpr std::string_view option = "pagesize=";
    const std::string mounts = read_line(host, "/proc/mounts");
    split(mounts, '\n', [&](std::string_view line) {
        if (line.find(" hugetlbfs ") == std::string_view::npos) return;
        const auto at = line.find(option);
        if (at == std::string_view::npos) return;
        auto text = line.substr(at + option.size());
        text = text.substr(0, text.find_first_not_of("0123456789"));
        const auto number = parse_integer<std::uint64_t>(text);
        const auto unit = line.substr(at + option.size() + text.size(), 1);
        if (number) facts.mounts.push_back(*number * (unit == "G" ? GiB : unit == "M" ? MiB : KiB));
    });
}

/// Whether the module store of any SELinux policy has our module, at any priority. Source: semodule(8) and
/// libsemanage 3.4, its store's folders.
bool has_selinux_module(Host& host) {
    for (const std::string store : {"/var/lib/selinux", "/etc/selinux"})
        for (const auto& policy : names_in(host, store)) {
            const std::string modules = store + "/" + policy + "/active/modules";
            for (const auto& priority : names_in(host, modules))
                if (exists(host, modules + "/" + priority + "/hostlease")) return true;
        }
    return false;
}

void gather_ledger(Host& host, DoctorFacts& facts) {
    facts.user = host.user();
    if (auto status = host.status(Ledger::directory)) facts.ledger_directory = *status;
    auto ledger = Ledger::peek(host);
    if (ledger)
        facts.ledger = std::move(*ledger);
    else
        facts.ledger_problem = ledger.error().text();
}
} // namespace

DoctorFacts gather_doctor_facts(Host& host, unsigned long libvirt) {
    DoctorFacts facts;
    auto read = read_facts(host);
    if (read)
        facts.host = std::move(*read);
    else
        facts.host_problem = read.error().text();
    facts.host.cgroups.machine = machine_units(host, {}).value_or(std::vector<MachineUnit>{});
    facts.libvirt = libvirt != 0 ? libvirt : installed_libvirt(host);
    facts.systemd = installed_systemd(host);
    facts.has_systemd = exists(host, "/run/systemd/system");
    facts.has_bus = facts.has_systemd && bus_listens(host);
    facts.has_journal = exists(host, "/run/systemd/journal/socket");
    facts.iommu_groups = names_in(host, "/sys/kernel/iommu_groups").size();
    facts.has_latency_limits = exists(host, "/sys/devices/system/cpu/cpu0/power/pm_qos_resume_latency_us");
    facts.enforces_selinux = read_line(host, "/sys/fs/selinux/enforce") == "1";
    facts.has_selinux_module = has_selinux_module(host);
    split(read_line(host, "/proc/cmdline"), ' ', [&](std::string_view word) {
        if (!word.empty()) facts.command_line.emplace_back(word);
    });
    facts.sysctls = read_sysctl_files(host);
    gather_daemons(host, facts);
    gather_hooks(host, facts);
    gather_policies(host, facts);
    gather_mounts(host, facts);
    gather_ledger(host, facts);
    return facts;
}

} // namespace hostlease
