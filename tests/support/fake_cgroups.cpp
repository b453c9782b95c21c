#include "support/fake_cgroups.hpp"

#include "core/parse.hpp"

#include <algorithm>
#include <cerrno>

namespace hostlease::test {

namespace {
const std::string root = "/sys/fs/cgroup";
const std::string control = root + "/cgroup.subtree_control";

std::string file_of(const std::string& name, const std::string& file) {
    return root + "/" + name + "/" + file;
}

CpuSet cpus_of(const std::string& text) { return parse_cpu_list(trim(text)).value_or(CpuSet{}); }

const std::string not_exclusive = "Cpu list in cpuset.cpus not exclusive";

std::string section_of(const std::string& unit) {
    std::string section = unit.substr(unit.rfind('.') + 1);
    section.front() = static_cast<char>(section.front() - 'a' + 'A');
    return section;
}
} // namespace

FakeCgroups::FakeCgroups(std::map<std::string, std::string>& files, std::set<std::string>& directories)
    : files_(files), directories_(directories) {}

void FakeCgroups::take_over(const FakeCgroups& other) {
    can_clear = other.can_clear;
    delegated = other.delegated;
    isolated = other.isolated;
    refusing = other.refusing;
    ending = other.ending;
    ends_when_written = other.ends_when_written;
    allowed_ = other.allowed_;
    last_ = other.last_;
    tasks_ = other.tasks_;
}

std::vector<std::string> FakeCgroups::names() const {
    std::vector<std::string> list;
    for (const auto& path : directories_)
        if (path.starts_with(root + "/") && path.find('/', root.size() + 1) == std::string::npos)
            list.push_back(path.substr(root.size() + 1));
    return list;
}

CpuSet FakeCgroups::online() const { return cpus_of(files_.at("/sys/devices/system/cpu/online")); }

CpuSet FakeCgroups::possible() const { return cpus_of(files_.at("/sys/devices/system/cpu/possible")); }

bool FakeCgroups::is_enabled() const {
    const auto text = files_.find(control);
    return text != files_.end() && text->second.find("cpuset") != std::string::npos;
}

void FakeCgroups::set_enabled(bool enabled) {
    if (enabled == is_enabled()) return;
    files_[control] = enabled ? "cpuset cpu io memory pids\n" : "cpu io memory pids\n";
    for (const auto& name : names()) {
        if (enabled)
            files_[file_of(name, "cpuset.cpus")] = "\n";
        else
            files_.erase(file_of(name, "cpuset.cpus"));
        // tasks are moved between cpusets, which may leave them on their CPUs
        last_[name] = effective(name);
    }
}

/// Tasks inherit PID 1's affinity, which excludes the CPUs isolated at boot, until a change of their cgroup's
/// CPUs sets theirs. Source: kernel/sched/core.c, sched_init_smp(); kernel/cgroup/cpuset.c,
/// cpuset_update_tasks_cpumask() (6.12).
void FakeCgroups::add(const std::string& name) {
    directories_.insert(root + "/" + name);
    const CpuSet cpus = allowed_cpus(name);
    if (is_enabled()) files_[file_of(name, "cpuset.cpus")] = to_list(cpus) + "\n";
    last_[name] = tasks_[name] = effective(name);
    if (cpus.empty()) tasks_[name] -= isolated_at_boot();
}

CpuSet FakeCgroups::isolated_at_boot() const {
    const auto text = files_.find("/sys/devices/system/cpu/isolated");
    return text == files_.end() ? CpuSet{} : cpus_of(text->second);
}

void FakeCgroups::add_partition(const std::string& name, const CpuSet& cpus) {
    add(name);
    files_[file_of(name, "cpuset.cpus")] = to_list(cpus) + "\n";
    const bool is_alone = std::none_of(files_.begin(), files_.end(), [&](const auto& file) {
        return file.first.ends_with("/cpuset.cpus") && file.first != file_of(name, "cpuset.cpus") &&
               file.first.find('/', root.size() + 1) == file.first.rfind('/') &&
               cpus_of(file.second).intersects(cpus);
    });
    files_[file_of(name, "cpuset.cpus.partition")] =
        is_alone ? "isolated\n" : "isolated invalid (" + not_exclusive + ")\n";
    update_tasks();
}

std::string FakeCgroups::partition_state(const std::string& name) const {
    const auto text = files_.find(file_of(name, "cpuset.cpus.partition"));
    return text == files_.end() ? "gone" : std::string(trim(text->second));
}

void FakeCgroups::end_partition(const std::string& name) {
    remove(name);
    update_tasks();
}

/// CPUs of valid partitions of the first level, which are not part of FakePartitions.
CpuSet FakeCgroups::partitioned(const std::string& except) const {
    CpuSet cpus;
    for (const auto& name : names())
        if (name != except && !files_.contains(file_of(name, "cpuset.cpus.exclusive")) &&
            partition_state(name) == "isolated")
            cpus |= cpus_of(files_.at(file_of(name, "cpuset.cpus")));
    return cpus;
}

void FakeCgroups::end_overlapped(const std::string& writer) {
    const CpuSet cpus = cpus_of(files_.at(file_of(writer, "cpuset.cpus")));
    for (const auto& name : names()) {
        if (name == writer || files_.contains(file_of(name, "cpuset.cpus.exclusive")) ||
            partition_state(name) != "isolated")
            continue;
        if (cpus_of(files_.at(file_of(name, "cpuset.cpus"))).intersects(cpus))
            files_[file_of(name, "cpuset.cpus.partition")] = "isolated invalid (" + not_exclusive + ")\n";
    }
}

bool FakeCgroups::end_now(const std::string& path) {
    const auto found = std::find_if(ending.begin(), ending.end(), [&](const std::string& name) {
        return path.starts_with(root + "/" + name + "/");
    });
    if (found == ending.end()) return false;
    remove(*found);
    ending.erase(found);
    return true;
}

void FakeCgroups::remove(const std::string& name) {
    std::erase_if(files_, [&](const auto& file) { return file.first.starts_with(root + "/" + name + "/"); });
    std::erase_if(directories_,
                  [&](const auto& path) { return (path + "/").starts_with(root + "/" + name + "/"); });
    last_.erase(name);
    tasks_.erase(name);
}

CpuSet FakeCgroups::effective(const std::string& name) const {
    const CpuSet all = online() - isolated - partitioned(name);
    if (name.empty() || !is_enabled()) return all;
    const auto text = files_.find(file_of(name, "cpuset.cpus"));
    const CpuSet cpus = text == files_.end() ? CpuSet{} : cpus_of(text->second) & all;
    return cpus.empty() ? all : cpus;
}

CpuSet FakeCgroups::task_cpus(const std::string& name) const {
    const auto found = tasks_.find(name);
    return found == tasks_.end() ? CpuSet{} : found->second;
}

CpuSet FakeCgroups::allowed_cpus(const std::string& unit) const {
    const auto found = allowed_.find(unit);
    return found == allowed_.end() ? CpuSet{} : found->second;
}

/// Tasks are moved when the effective CPUs of their cgroup change.
void FakeCgroups::update_tasks() {
    for (const auto& name : names()) {
        const CpuSet now = effective(name);
        if (now != last_[name]) tasks_[name] = now;
        last_[name] = now;
    }
}

std::optional<Result<std::string>> FakeCgroups::read(const std::string& path) {
    constexpr std::string_view file = "/cpuset.cpus.effective";
    if (!ends_when_written && end_now(path)) return Result<std::string>(fail_io("cannot read", path, ENODEV));
    if (!path.starts_with(root) || !path.ends_with(file) || files_.contains(path)) return std::nullopt;
    const auto directory = path.substr(0, path.size() - file.size());
    const auto name = directory == root ? std::string() : directory.substr(root.size() + 1);
    if (name.find('/') != std::string::npos) return std::nullopt;
    if (!directories_.contains(directory) || (!name.empty() && !is_enabled()))
        return Result<std::string>(fail_io("cannot open", path, ENOENT));
    return Result<std::string>(to_list(effective(name)) + "\n");
}

Status FakeCgroups::write_cpus(const std::string& name, std::string_view text) {
    const std::string path = file_of(name, "cpuset.cpus");
    const auto file = files_.find(path);
    if (file == files_.end()) return fail_io("cannot open", path, ENOENT);
    const auto cpus = parse_cpu_list(trim(text));
    if (!cpus || !cpus->is_subset_of(possible()) || refusing.contains(name))
        return fail_io("cannot write", path, EINVAL);
    if (cpus->empty() && !trim(file->second).empty() && !can_clear)
        return fail_io("cannot write", path, ENOSPC);
    file->second = to_list(*cpus) + "\n";
    end_overlapped(name);
    update_tasks();
    return {};
}

std::optional<Status> FakeCgroups::write(const std::string& path, const std::string& text) {
    if (ends_when_written && end_now(path)) return Status(fail_io("cannot write", path, ENODEV));
    if (path == control) {
        if (text == "+cpuset") set_enabled(true);
        return Status{};
    }
    constexpr std::string_view file = "/cpuset.cpus";
    if (!path.starts_with(root + "/") || !path.ends_with(file)) return std::nullopt;
    const auto name = path.substr(root.size() + 1, path.size() - root.size() - 1 - file.size());
    if (name.find('/') != std::string::npos) return std::nullopt;
    return write_cpus(name, text);
}

Status FakeCgroups::set_unit_cpus(const std::string& unit, const CpuSet& cpus) {
    const bool is_active = directories_.contains(root + "/" + unit);
    if (!is_active && !unit.ends_with(".slice")) return fail_io("no such unit", unit, ENOENT);
    const std::string directory = unit == "init.scope" ? "/run/systemd/transient/init.scope.d"
                                                       : "/run/systemd/system.control/" + unit + ".d";
    directories_.insert(directory);
    files_[directory + "/50-AllowedCPUs.conf"] = "# This is a drop-in unit file extension\n[" +
                                                 section_of(unit) + "]\nAllowedCPUs=\n" +
                                                 (cpus.empty() ? "" : "AllowedCPUs=" + to_list(cpus) + "\n");
    allowed_[unit] = cpus;
    if (!is_active) return {};
    bool is_used = delegated;
    for (const auto& [name, set] : allowed_)
        is_used = is_used || !set.empty();
    if (!cpus.empty() || !is_used) set_enabled(is_used);
    // systemd only logs a refusal
    if (is_enabled()) static_cast<void>(write_cpus(unit, to_list(cpus)));
    return {};
}

/// Drop-ins in the order of their names; a name in an earlier directory hides the same name in later ones;
/// the values of several drop-ins are united.
CpuSet FakeCgroups::configured_cpus(const std::string& unit) const {
    std::map<std::string, std::string> drop_ins;
    for (const std::string directory :
         {"/etc/systemd/system.control/", "/run/systemd/system.control/", "/run/systemd/transient/",
          "/etc/systemd/system/", "/run/systemd/system/", "/usr/lib/systemd/system/"})
        for (const auto& [path, text] : files_)
            if (path.starts_with(directory + unit + ".d/") && path.ends_with(".conf"))
                drop_ins.emplace(path.substr(path.rfind('/') + 1), text);
    CpuSet cpus;
    for (const auto& [name, text] : drop_ins)
        split(text, '\n', [&](std::string_view line) {
            constexpr std::string_view key = "AllowedCPUs=";
            if (!line.starts_with(key)) return;
            const CpuSet more = cpus_of(std::string(line.substr(key.size())));
            cpus = more.empty() ? CpuSet{} : cpus | more;
        });
    return cpus;
}

void FakeCgroups::daemon_reload() {
    for (const auto& name : names())
        allowed_[name] = configured_cpus(name);
}

void FakeCgroups::realize() {
    for (const auto& name : names())
        if (is_enabled()) static_cast<void>(write_cpus(name, to_list(allowed_cpus(name))));
}

/// All CPUs and no setting are equivalent, as in the kernel's effective CPUs. On a host with isolcpus=, the
/// tasks' CPUs are compared.
void FakeCgroups::describe(std::map<std::string, std::string>& snapshot) const {
    snapshot.erase(control);
    for (const auto& name : names()) {
        snapshot[file_of(name, "cpuset.cpus")] = to_list(effective(name) - isolated_at_boot());
        snapshot["/run/systemd/tasks of " + name] = to_list(task_cpus(name));
        const CpuSet cpus = allowed_cpus(name);
        if (!cpus.empty() && cpus != possible() - isolated_at_boot())
            snapshot["/run/systemd/AllowedCPUs of " + name] = to_list(cpus);
    }
}

} // namespace hostlease::test
