#include "host/top_cgroups.hpp"

#include "core/parse.hpp"

namespace hostlease {

namespace {
const std::string root = "/sys/fs/cgroup";

Result<bool> has_machines(Host& host, const std::string& directory) {
    for (const auto& name : TRY(host.list_if_present(directory))) {
        if (name.starts_with("machine-qemu") || name.ends_with(".libvirt-qemu")) return true;
        if (name.ends_with(".slice") && TRY(has_machines(host, directory + "/" + name))) return true;
    }
    return false;
}

/// The root has about forty files of the kernel, which begin with "cgroup." or with a controller's name: skip
/// them without a look.
bool is_kernels_file(const std::string& name, const std::string& controllers) {
    const std::string first = name.substr(0, name.find('.'));
    if (first.size() == name.size() || is_unit(name)) return false;
    return first == "cgroup" || controllers.find(" " + first + " ") != std::string::npos;
}

Result<bool> is_directory(Host& host, const std::string& path) {
    const auto status = host.status(path);
    if (!status && is_missing(status.error())) return false;
    TRY_VOID(status);
    return status->type == FileStatus::Type::directory;
}
} // namespace

Result<bool> is_for_machines(Host& host, const std::string& name) {
    if (name == "machine.slice" || name == "machine") return true;
    return has_machines(host, root + "/" + name);
}

bool is_unit(const std::string& name) {
    return name.ends_with(".slice") || name.ends_with(".scope") || name.ends_with(".service");
}

bool may_have_tasks(const std::string& name) {
    return !name.ends_with(".mount") && !name.ends_with(".swap") && !name.ends_with(".socket");
}

Result<std::vector<std::string>> top_cgroups(Host& host) {
    std::vector<std::string> list;
    const std::string controllers = " " + TRY(host.read_line(root + "/cgroup.controllers")) + " ";
    if (controllers.find(" cpuset ") == std::string::npos) return list;
    for (auto& name : TRY(host.list_if_present(root)))
        if (may_have_tasks(name) && !is_kernels_file(name, controllers) &&
            TRY(is_directory(host, root + "/" + name)))
            list.push_back(std::move(name));
    return list;
}

Result<std::vector<PartitionFacts>> top_partitions(Host& host, const std::vector<std::string>& names) {
    std::vector<PartitionFacts> list;
    for (const auto& name : names) {
        const std::string directory = root + "/" + name;
        const std::string state = TRY(host.read_line(directory + "/cpuset.cpus.partition"));
        if (state.empty()) continue;
        const bool is_member = state.starts_with("member");
        auto cpus =
            parse_cpu_list(TRY(host.read_line(directory + "/cpuset.cpus.exclusive"))).value_or(CpuSet{});
        if (is_member && (cpus.empty() || TRY(is_for_machines(host, name)))) continue;
        if (is_member) {
            list.push_back({name, "exclusive CPUs", std::move(cpus), false, true});
            continue;
        }
        if (cpus.empty())
            cpus = parse_cpu_list(TRY(host.read_line(directory + "/cpuset.cpus"))).value_or(CpuSet{});
        list.push_back({name, state, std::move(cpus), TRY(is_for_machines(host, name))});
    }
    return list;
}

Result<CpuSet> cpus_isolated_at_boot(Host& host) {
    return parse_cpu_list(TRY(host.read_line("/sys/devices/system/cpu/isolated"))).value_or(CpuSet{});
}

Result<CpuSet> unrestricted_cpus(Host& host) {
    CpuSet cpus = TRY(host.read_cpu_list("/sys/devices/system/cpu/possible"));
    CpuSet left = cpus - TRY(cpus_isolated_at_boot(host));
    return left.empty() ? cpus : left;
}

} // namespace hostlease
