#include "support/fake_partitions.hpp"

#include "core/parse.hpp"

#include <cerrno>

namespace hostlease::test {

namespace {
const std::string root = "/sys/fs/cgroup";
const std::string all_isolated = root + "/cpuset.cpus.isolated";
const std::string allowed_file = "/cpuset.cpus";
const std::string exclusive_file = "/cpuset.cpus.exclusive";
const std::string partition_file = "/cpuset.cpus.partition";

std::string parent_of(const std::string& cgroup) { return cgroup.substr(0, cgroup.rfind('/')); }

CpuSet cpus_in(const std::map<std::string, std::string>& files, const std::string& path) {
    const auto file = files.find(path);
    return file == files.end() ? CpuSet{} : parse_cpu_list(trim(file->second)).value_or(CpuSet{});
}
} // namespace

void FakePartitions::enable() {
    files_[all_isolated] = "\n";
    add("/machine.slice", {});
}

bool FakePartitions::is_enabled() const { return files_.contains(all_isolated); }

void FakePartitions::add(const std::string& cgroup, const CpuSet& cpus) {
    files_[root + cgroup + allowed_file] = to_list(cpus) + "\n";
    files_[root + cgroup + exclusive_file] = "\n";
    files_[root + cgroup + partition_file] = "member\n";
}

void FakePartitions::remove(const std::string& cgroup) {
    std::erase_if(files_, [&](const auto& file) { return file.first.starts_with(root + cgroup + "/"); });
    update();
}

std::string FakePartitions::state(const std::string& cgroup) const {
    const auto file = files_.find(root + cgroup + partition_file);
    return file == files_.end() ? "gone" : std::string(trim(file->second));
}

CpuSet FakePartitions::exclusive(const std::string& cgroup) const { return cpus_in(files_, root + cgroup + exclusive_file); }

/// "exclusive_cpus cannot intersect", and a sibling's cpuset.cpus may not be a subset of them: cpus_excl_conflict.
std::string FakePartitions::refusal_of_exclusive(const std::string& cgroup, const CpuSet& cpus) const {
    for (const auto& [path, text] : files_) {
        if (!path.ends_with(exclusive_file)) continue;
        const std::string sibling = path.substr(root.size(), path.size() - root.size() - exclusive_file.size());
        if (sibling == cgroup || parent_of(sibling) != parent_of(cgroup)) continue;
        const CpuSet allowed = cpus_in(files_, root + sibling + allowed_file);
        if (exclusive(sibling).intersects(cpus) || (!allowed.empty() && allowed.is_subset_of(cpus))) return sibling;
    }
    return {};
}

bool FakePartitions::has_from_above(const std::string& cgroup, const CpuSet& cpus) const {
    for (std::string above = parent_of(cgroup); !above.empty(); above = parent_of(above))
        if (!cpus.is_subset_of(exclusive(above))) return false;
    return true;
}

/// Why a write of "isolated" would leave an invalid partition. Source: perr_strings.
std::string FakePartitions::fault_of(const std::string& cgroup) const {
    const CpuSet cpus = exclusive(cgroup);
    if (impossible.contains(cgroup)) return "Parent unable to distribute cpu downstream";
    if (cpus.empty()) return "Cpu list in cpuset.cpus not exclusive";
    if (!has_from_above(cgroup, cpus)) return "Parent is not a partition root";
    if (!cpus.intersects(cpus_in(files_, "/sys/devices/system/cpu/online"))) return "No cpu available due to hotplug";
    return {};
}

/// A partition that has lost its CPUs to the ones above is none any more (6.12 says "member"); CPUs of live ones are nobody else's.
void FakePartitions::update() {
    CpuSet isolated;
    for (auto& [path, text] : files_) {
        if (!path.ends_with(partition_file) || text != "isolated\n") continue;
        const std::string cgroup = path.substr(root.size(), path.size() - root.size() - partition_file.size());
        if (!files_.contains(root + cgroup + exclusive_file)) continue; // of the first level: FakeCgroups has it
        const std::string fault = fault_of(cgroup);
        if (fault.empty())
            isolated |= exclusive(cgroup);
        else
            text = fault.starts_with("No cpu") ? "isolated invalid (" + fault + ")\n" : "member\n";
    }
    if (is_enabled()) files_[all_isolated] = to_list(isolated) + "\n";
    cgroups_.set_isolated(isolated);
}

std::optional<Status> FakePartitions::write(const std::string& path, const std::string& text) {
    if (!path.starts_with(root + "/") || !files_.contains(path)) return std::nullopt;
    if (path.ends_with(exclusive_file)) {
        const std::string cgroup = path.substr(root.size(), path.size() - root.size() - exclusive_file.size());
        const auto cpus = parse_cpu_list(trim(text));
        if (!cpus || !refusal_of_exclusive(cgroup, *cpus).empty())
            return Status(fail_io("cannot write '" + text + "'", path, EINVAL));
        files_[path] = to_list(*cpus) + "\n";
    } else if (path.ends_with(partition_file)) {
        if (text != "member" && text != "isolated" && text != "root")
            return Status(fail_io("cannot write '" + text + "'", path, EINVAL));
        const std::string fault = fault_of(path.substr(root.size(), path.size() - root.size() - partition_file.size()));
        files_[path] = text + (text == "member" || fault.empty() ? "\n" : " invalid (" + fault + ")\n");
    } else {
        return std::nullopt;
    }
    update();
    return Status{};
}

void FakePartitions::set_online(const CpuSet& cpus) {
    files_["/sys/devices/system/cpu/online"] = to_list(cpus) + "\n";
    update();
}

} // namespace hostlease::test
