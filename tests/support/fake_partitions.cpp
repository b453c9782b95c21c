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
    for (const auto& one : std::set(stale_)) {
        if (one != cgroup && !one.starts_with(cgroup + "/")) continue;
        lost_ |= exclusive(one); // cpuset_css_killed ends only valid partitions
        stale_.erase(one);
    }
    std::erase_if(files_, [&](const auto& file) { return file.first.starts_with(root + cgroup + "/"); });
    update();
}

std::string FakePartitions::state(const std::string& cgroup) const {
    const auto file = files_.find(root + cgroup + partition_file);
    return file == files_.end() ? "gone" : std::string(trim(file->second));
}

CpuSet FakePartitions::exclusive(const std::string& cgroup) const {
    return cpus_in(files_, root + cgroup + exclusive_file);
}

/// "exclusive_cpus cannot intersect", and a sibling's cpuset.cpus may not be a subset of them:
/// cpus_excl_conflict.
std::string FakePartitions::refusal_of_exclusive(const std::string& cgroup, const CpuSet& cpus) const {
    for (const auto& [path, text] : files_) {
        if (!path.ends_with(exclusive_file)) continue;
        const std::string sibling =
            path.substr(root.size(), path.size() - root.size() - exclusive_file.size());
        if (sibling == cgroup || parent_of(sibling) != parent_of(cgroup)) continue;
        const CpuSet allowed = cpus_in(files_, root + sibling + allowed_file);
        if (exclusive(sibling).intersects(cpus) || (!allowed.empty() && allowed.is_subset_of(cpus)))
            return sibling;
    }
    return {};
}

bool FakePartitions::has_from_above(const std::string& cgroup, const CpuSet& cpus) const {
    for (std::string above = parent_of(cgroup); !above.empty(); above = parent_of(above))
        if (!cpus.is_subset_of(exclusive(above))) return false;
    return true;
}

bool FakePartitions::is_valid(const std::string& cgroup) const {
    return state(cgroup) == "root" || state(cgroup) == "isolated";
}

template <typename Visit>
void FakePartitions::for_each(Visit visit) {
    for (auto& [path, text] : files_) {
        if (!path.starts_with(root + "/") || !path.ends_with(partition_file)) continue;
        const std::string cgroup =
            path.substr(root.size(), path.size() - root.size() - partition_file.size());
        // others belong to FakeCgroups
        if (files_.contains(root + cgroup + exclusive_file)) visit(cgroup, text);
    }
}

/// CPUs of the valid partitions directly in this one, except one of them.
CpuSet FakePartitions::given_down(const std::string& parent, const std::string& but) {
    CpuSet cpus;
    for_each([&](const std::string& cgroup, const std::string&) {
        if (parent_of(cgroup) == parent && cgroup != but && is_valid(cgroup)) cpus |= exclusive(cgroup);
    });
    return cpus;
}

/// remote_partition_enable: no CPU of another partition, and not all CPUs.
std::string FakePartitions::fault_of_remote(const std::string& cgroup, const CpuSet& cpus) {
    if (!has_from_above(cgroup, cpus)) return "Parent is not a partition root";
    CpuSet taken = lost_;
    for_each([&](const std::string& other, const std::string&) {
        if (other != cgroup && is_valid(other) && !other.starts_with(cgroup + "/")) taken |= exclusive(other);
    });
    const CpuSet online = cpus_in(files_, "/sys/devices/system/cpu/online");
    if (taken.intersects(cpus) || (online - taken).is_subset_of(cpus))
        return "Invalid cpu list in cpuset.cpus.exclusive";
    return {};
}

/// update_parent_effective_cpumask: CPUs of the surrounding partition, which must keep one for its other
/// threads.
std::string FakePartitions::fault_of_local(const std::string& cgroup, const CpuSet& cpus) {
    const CpuSet left = exclusive(parent_of(cgroup)) - given_down(parent_of(cgroup), cgroup);
    if (!cpus.is_subset_of(left)) return "Cpu list in cpuset.cpus not exclusive";
    return (left - cpus).empty() ? "Parent unable to distribute cpu downstream" : "";
}

/// update_partition_exclusive_flag, cpusets_are_exclusive: a sibling has one of these CPUs, in its exclusive
/// CPUs or, without exclusive CPUs, in its cpuset.cpus.
bool FakePartitions::is_shared(const std::string& cgroup, const CpuSet& cpus) {
    bool shared = false;
    for_each([&](const std::string& sibling, const std::string&) {
        if (sibling == cgroup || parent_of(sibling) != parent_of(cgroup)) return;
        const CpuSet own = exclusive(sibling);
        shared =
            shared || (own.empty() ? cpus_in(files_, root + sibling + allowed_file) : own).intersects(cpus);
    });
    return shared;
}

/// Why a write of "root" or "isolated" would leave an invalid partition. Source: perr_strings.
std::string FakePartitions::fault_of(const std::string& cgroup) {
    const CpuSet cpus = exclusive(cgroup);
    if (is_shared(cgroup, cpus)) return "Cpu list in cpuset.cpus not exclusive";
    if (impossible.contains(cgroup)) return "Parent unable to distribute cpu downstream";
    if (cpus.empty()) return "Cpu list in cpuset.cpus not exclusive";
    if (!cpus.intersects(cpus_in(files_, "/sys/devices/system/cpu/online")))
        return "No cpu available due to hotplug";
    if (state(parent_of(cgroup)).find("invalid") != std::string::npos)
        return "Parent is an invalid partition root";
    return is_valid(parent_of(cgroup)) ? fault_of_local(cgroup, cpus) : fault_of_remote(cgroup, cpus);
}

/// A remote partition that lost its CPUs to the cgroups above is no longer a partition (6.12 shows "member");
/// the CPUs of live partitions are exclusive.
void FakePartitions::update() {
    CpuSet isolated = lost_;
    CpuSet taken = lost_;
    for_each([&](const std::string& cgroup, std::string& text) {
        if (is_valid(cgroup)) {
            const std::string fault = fault_of(cgroup);
            const bool is_remote =
                fault.starts_with("Parent is not") || fault.starts_with("Invalid cpu list");
            if (!fault.empty()) text = is_remote ? "member\n" : state(cgroup) + " invalid\n";
        }
        if (is_valid(cgroup) || stale_.contains(cgroup)) taken |= exclusive(cgroup);
        if (state(cgroup) == "isolated" || stale_.contains(cgroup)) isolated |= exclusive(cgroup);
    });
    if (is_enabled()) files_[all_isolated] = to_list(isolated) + "\n";
    cgroups_.set_isolated(taken);
}

/// libvirt sets the CPUs of a thread, for `virsh emulatorpin --live` or a plugged-in thread. A sibling's
/// partition that has one of them breaks. If that partition is remote, Linux 6.7 to 7.1 keep it on their
/// list, and keep its CPUs isolated. Found on 6.12.95 and 6.12.118; source: update_cpumask,
/// update_parent_effective_cpumask(partcmd_invalidate) of kernel/cgroup/cpuset.c (6.12).
void FakePartitions::pin(const std::string& thread, const CpuSet& cpus) {
    files_[root + thread + allowed_file] = to_list(cpus) + "\n";
    for_each([&](const std::string& cgroup, std::string& text) {
        if (cgroup == thread || parent_of(cgroup) != parent_of(thread) || !is_valid(cgroup)) return;
        if (!exclusive(cgroup).intersects(cpus)) return;
        if (!is_valid(parent_of(cgroup))) stale_.insert(cgroup);
        text = state(cgroup) + " invalid\n"; // without a reason
    });
    update();
}

/// "member" removes a partition from the kernel's list, even a broken one; another word leaves a broken
/// partition there. If a partition is freed while it is on the list, the kernel uses freed memory.
void FakePartitions::change(const std::string& cgroup, const std::string& word) {
    std::string& text = files_[root + cgroup + partition_file];
    if (word == "member") {
        stale_.erase(cgroup);
        text = "member\n";
        return;
    }
    crashed = crashed || !lost_.empty();
    const std::string fault =
        stale_.contains(cgroup) ? "Cpu list in cpuset.cpus not exclusive" : fault_of(cgroup);
    text = word + (fault.empty() ? "\n" : " invalid (" + fault + ")\n");
}

std::optional<Status> FakePartitions::write(const std::string& path, const std::string& text) {
    if (!path.starts_with(root + "/") || !files_.contains(path)) return std::nullopt;
    if (path.ends_with(exclusive_file)) {
        const std::string cgroup =
            path.substr(root.size(), path.size() - root.size() - exclusive_file.size());
        const auto cpus = parse_cpu_list(trim(text));
        if (!cpus || !refusal_of_exclusive(cgroup, *cpus).empty())
            return Status(fail_io("cannot write '" + text + "'", path, EINVAL));
        files_[path] = to_list(*cpus) + "\n";
    } else if (path.ends_with(partition_file)) {
        if (text != "member" && text != "isolated" && text != "root")
            return Status(fail_io("cannot write '" + text + "'", path, EINVAL));
        change(path.substr(root.size(), path.size() - root.size() - partition_file.size()), text);
    } else if (path.ends_with(allowed_file) && files_.contains(path + ".exclusive")) {
        const auto cpus = parse_cpu_list(trim(text));
        if (!cpus) return Status(fail_io("cannot write '" + text + "'", path, EINVAL));
        // validate_change of kernel/cgroup/cpuset.c (6.12); the cgroups of a VM always have tasks
        if (cpus->empty() && !trim(files_[path]).empty())
            return Status(fail_io("cannot write ''", path, ENOSPC));
        pin(path.substr(root.size(), path.size() - root.size() - allowed_file.size()), *cpus);
    } else {
        return std::nullopt;
    }
    update();
    return Status{};
}

/// cpuset_hotplug_update_tasks: a local partition is restored when its CPU comes back, a remote one is not.
/// Found on 6.12.95.
void FakePartitions::set_online(const CpuSet& cpus) {
    files_["/sys/devices/system/cpu/online"] = to_list(cpus) + "\n";
    for_each([&](const std::string& cgroup, std::string& text) {
        const auto invalid = text.find(" invalid");
        if (invalid == std::string::npos || !is_valid(parent_of(cgroup)) || !fault_of(cgroup).empty()) return;
        text = text.substr(0, invalid) + "\n";
    });
    update();
}

} // namespace hostlease::test
