// Top-level cgroups with the cpuset controller, and a systemd that sets their AllowedCPUs. Source:
// cgroup-v2.rst and kernel/cgroup/cpuset.c (6.1 to 7.2), systemd.resource-control(5) (252 to 257);
// undocumented behaviour was found by experiment.
#pragma once

#include "core/cpu_set.hpp"
#include "core/error.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease::test {

class FakeCgroups {
  public:
    /// The host stores the files; this object only stores additional state.
    FakeCgroups(std::map<std::string, std::string>& files, std::set<std::string>& directories);

    /// Copies the additional state of another object.
    void take_over(const FakeCgroups& other);

    /// Files whose text is computed; nullopt for all others.
    std::optional<Result<std::string>> read(const std::string& path);

    /// Files whose writes have effects; nullopt for all others.
    std::optional<Status> write(const std::string& path, const std::string& text);

    /// systemd's SetUnitProperties with runtime = true: succeeds even if the kernel refuses.
    Status set_unit_cpus(const std::string& unit, const CpuSet& cpus);

    void add(const std::string& name);
    void remove(const std::string& name);

    /// Adds another program's partition of the first level in a cgroup of its own: its CPUs are exclusive as
    /// long as no cgroup beside it names one of them. Source: kernel/cgroup/cpuset.c, update_cpumask() (6.1,
    /// 6.12).
    void add_partition(const std::string& name, const CpuSet& cpus);
    /// "isolated", "isolated invalid (...)"
    [[nodiscard]] std::string partition_state(const std::string& name) const;
    void end_partition(const std::string& name);

    /// Sets the CPUs that partitions have removed from every cgroup.
    void set_isolated(const CpuSet& cpus) {
        isolated = cpus;
        update_tasks();
    }

    /// What the drop-ins of a unit set.
    [[nodiscard]] CpuSet configured_cpus(const std::string& unit) const;
    /// Reads AllowedCPUs from the files again.
    void daemon_reload();
    /// systemd writes the CPUs of each unit again, as at the start of some unit.
    void realize();

    [[nodiscard]] CpuSet effective(const std::string& name) const;
    /// The CPUs on which the cgroup's tasks may run. Clearing the setting can leave tasks where they were
    /// (Linux 6.12 and 7.2).
    [[nodiscard]] CpuSet task_cpus(const std::string& name) const;
    /// The value in systemd's memory; empty if not set.
    [[nodiscard]] CpuSet allowed_cpus(const std::string& unit) const;

    /// Adds the additional state to a snapshot.
    void describe(std::map<std::string, std::string>& snapshot) const;

    bool can_clear = false; // Linux 7.2: the CPUs of a cgroup with tasks can be emptied
    // a unit with Delegate=yes, such as libvirt's, keeps the controller enabled
    bool delegated = true;
    CpuSet isolated;                // removed from every cgroup by partitions
    std::set<std::string> refusing; // cgroups whose cpuset.cpus the kernel refuses to change
    /// Cgroups that end at the next use of one of their open files: the use fails with ENODEV. Source:
    /// fs/kernfs/file.c (6.1, 6.12).
    std::set<std::string> ending;
    bool ends_when_written = false; // true: at the next write, false: at the next read

  private:
    [[nodiscard]] CpuSet online() const;
    [[nodiscard]] CpuSet possible() const;
    [[nodiscard]] bool is_enabled() const;
    [[nodiscard]] std::vector<std::string> names() const;
    void set_enabled(bool enabled);
    Status write_cpus(const std::string& name, std::string_view text);
    void update_tasks();
    [[nodiscard]] CpuSet partitioned(const std::string& except) const;
    [[nodiscard]] CpuSet isolated_at_boot() const;
    void end_overlapped(const std::string& writer);
    bool end_now(const std::string& path);

    std::map<std::string, std::string>& files_;
    std::set<std::string>& directories_;
    std::map<std::string, CpuSet> allowed_;
    std::map<std::string, CpuSet> last_; // effective CPUs when tasks were last moved
    std::map<std::string, CpuSet> tasks_;
};

} // namespace hostlease::test
