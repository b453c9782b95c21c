#include "host/partition_facts.hpp"

#include "core/parse.hpp"
#include "host/process.hpp"
#include "host/top_cgroups.hpp"

namespace hostlease {

namespace {
const std::string cgroup_root = "/sys/fs/cgroup";

/// CPUs of the isolated partitions below a cgroup. A broken partition still has its CPUs, and returns them
/// when it is written. A cgroup that is not a partition and has no exclusive CPUs has none.
Status add_isolated(Host& host, const std::string& directory, CpuSet& cpus) {
    for (const auto& name : TRY(host.list_if_present(directory))) {
        const std::string cgroup = directory + "/" + name;
        const std::string state = TRY(host.read_line(cgroup + "/cpuset.cpus.partition"));
        if (state.empty()) continue; // a file, or a cgroup without the controller
        const CpuSet exclusive = TRY(host.read_cpu_list(cgroup + "/cpuset.cpus.exclusive"));
        if (state.starts_with("isolated"))
            cpus |= exclusive.empty() ? TRY(host.read_cpu_list(cgroup + "/cpuset.cpus")) : exclusive;
        if (state != "member" || !exclusive.empty()) TRY_VOID(add_isolated(host, cgroup, cpus));
    }
    return {};
}

Result<CpuSet> isolated_by_nobody(Host& host) {
    CpuSet isolated = TRY(host.read_cpu_list(cgroup_root + "/cpuset.cpus.isolated"));
    if (!isolated.empty()) isolated -= TRY(host.read_cpu_list("/sys/devices/system/cpu/isolated")); // at boot
    if (isolated.empty()) return isolated;
    CpuSet owned;
    TRY_VOID(add_isolated(host, cgroup_root, owned));
    return isolated - owned;
}

/// "machine-qemu\\x2d1\\x2dwin11.scope" becomes "VM 'win11'"; other names stay unchanged.
std::string name_of(const std::string& unit) {
    constexpr std::string_view dash = "\\x2d";
    constexpr std::string_view prefix = "machine-qemu\\x2d";
    constexpr std::string_view suffix = ".scope";
    const auto end = unit.find(dash, std::min(prefix.size(), unit.size()));
    if (!unit.starts_with(prefix) || !unit.ends_with(suffix) || end == std::string::npos) return unit;
    std::string name = unit.substr(end + dash.size(), unit.size() - end - dash.size() - suffix.size());
    for (auto at = name.find(dash); at != std::string::npos; at = name.find(dash, at))
        name.replace(at, dash.size(), "-");
    return "VM '" + name + "'";
}

bool is_thread(std::string_view name) {
    return name == "emulator" || name.starts_with("vcpu") || name.starts_with("iothread");
}

Result<MachineUnit> read_unit(Host& host, const std::string& cgroup) {
    MachineUnit unit;
    unit.name = name_of(cgroup.substr(cgroup.rfind('/') + 1));
    unit.cpus = TRY(host.read_cpu_list(cgroup_root + cgroup + "/cpuset.cpus"));
    unit.exclusive = TRY(host.read_cpu_list(cgroup_root + cgroup + "/cpuset.cpus.exclusive"));
    const std::string threads = cgroup_root + cgroup + "/libvirt";
    for (const auto& name : TRY(host.list_if_present(threads)))
        if (is_thread(name))
            unit.threads.push_back({name, TRY(host.read_cpu_list(threads + "/" + name + "/cpuset.cpus"))});
    return unit;
}

/// The scope of a running VM, "/machine.slice/machine-qemu\\x2d1\\x2dwin11.scope"; "" if it does not
/// run.
std::string scope_of(Host& host, const std::string& domain) {
    const auto qemu = find_qemu(host, domain);
    if (!qemu || !*qemu) return {};
    const std::string pid = std::to_string((*qemu)->pid);
    const std::string path =
        host.read_line("/proc/" + pid + "/task/" + pid + "/cgroup").value_or(std::string{});
    const auto libvirt = path.find("/libvirt/");
    return path.starts_with("0::") && libvirt != std::string::npos ? path.substr(3, libvirt - 3)
                                                                   : std::string{};
}

Status add_units(Host& host, const std::string& slice, const std::string& own,
                 std::vector<MachineUnit>& units) {
    for (const auto& name : TRY(host.list_if_present(cgroup_root + slice))) {
        const std::string cgroup = slice + "/" + name;
        if (name.ends_with(".slice")) TRY_VOID(add_units(host, cgroup, own, units));
        if ((name.ends_with(".scope") || name.ends_with(".service")) && cgroup != own)
            units.push_back(TRY(read_unit(host, cgroup)));
    }
    return {};
}
} // namespace

Result<CpuSet> lost_cpus(Host& host) {
    using namespace std::chrono_literals;
    CpuSet lost = TRY(isolated_by_nobody(host));
    // a removed cgroup returns its CPUs a moment later, and the caller may hold the
    // ledger
    for (int look = 0; look < 20 && !lost.empty(); ++look) {
        host.sleep(10ms);
        lost &= TRY(isolated_by_nobody(host));
    }
    return lost;
}

Result<std::vector<MachineUnit>> machine_units(Host& host, const std::string& domain) {
    std::vector<MachineUnit> units;
    const std::string own = scope_of(host, domain);
    for (const auto& name : TRY(host.list_if_present(cgroup_root)))
        if (name.ends_with(".slice") && TRY(is_for_machines(host, name)))
            TRY_VOID(add_units(host, "/" + name, own, units));
    return units;
}

} // namespace hostlease
