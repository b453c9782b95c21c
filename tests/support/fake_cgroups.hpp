// Top-level cgroups with the cpuset controller, and a systemd that sets AllowedCPUs of them. Source:
// cgroup-v2.rst and kernel/cgroup/cpuset.c (6.1 to 7.2), systemd.resource-control(5) (252 to 257); what no
// document says was found by experiment.
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
    /// The files are the host's; here is only what they cannot say.
    FakeCgroups(std::map<std::string, std::string>& files, std::set<std::string>& directories);

    /// What the files of both cannot say: for a copy.
    void take_over(const FakeCgroups& other);

    /// Files whose text is computed; nullopt for all others.
    std::optional<Result<std::string>> read(const std::string& path);

    /// Files that are more than text; nullopt for all others.
    std::optional<Status> write(const std::string& path, const std::string& text);

    /// What systemd does on SetUnitProperties with runtime = true: success even where the kernel refuses.
    Status set_unit_cpus(const std::string& unit, const CpuSet& cpus);

    void add(const std::string& name);
    void remove(const std::string& name);

    /// Somebody's partition of the first level, in a cgroup of its own: its CPUs are nobody else's as long as
    /// no cgroup beside it names one of them. Source: kernel/cgroup/cpuset.c, update_cpumask() (6.1, 6.12).
    void add_partition(const std::string& name, const CpuSet& cpus);
    /// "isolated", "isolated invalid (...)"
    [[nodiscard]] std::string partition_state(const std::string& name) const;
    void end_partition(const std::string& name);

    /// CPUs that partitions have taken out of every cgroup.
    void set_isolated(const CpuSet& cpus) {
        isolated = cpus;
        update_tasks();
    }

    /// AllowedCPUs as the files say.
    void daemon_reload();
    /// systemd writes the CPUs of each unit again, as it does when some unit starts.
    void realize();

    [[nodiscard]] CpuSet effective(const std::string& name) const;
    /// Where the tasks of the cgroup may run. Clearing can leave them where they were (Linux 6.12 and 7.2).
    [[nodiscard]] CpuSet task_cpus(const std::string& name) const;
    /// In memory of systemd; none: not set.
    [[nodiscard]] CpuSet allowed_cpus(const std::string& unit) const;

    /// What is not in the files: for snapshots.
    void describe(std::map<std::string, std::string>& snapshot) const;

    bool can_clear = false; // Linux 7.2: the CPUs of a cgroup with tasks can be emptied
    // some unit with Delegate=yes, as libvirt's are, keeps the controller on
    bool delegated = true;
    CpuSet isolated;                // taken out of every cgroup by partitions
    std::set<std::string> refusing; // cgroups whose cpuset.cpus the kernel does not let be written
    /// Cgroups that end when one of their files is used next, which was opened before: that is ENODEV.
    /// Source: fs/kernfs/file.c (6.1, 6.12).
    std::set<std::string> ending;
    bool ends_when_written = false; // these end when one of their files is written, else when one is read

  private:
    [[nodiscard]] CpuSet online() const;
    [[nodiscard]] CpuSet possible() const;
    [[nodiscard]] bool is_enabled() const;
    [[nodiscard]] std::vector<std::string> names() const;
    void set_enabled(bool enabled);
    Status write_cpus(const std::string& name, std::string_view text);
    void update_tasks();
    [[nodiscard]] CpuSet configured_cpus(const std::string& unit) const;
    [[nodiscard]] CpuSet partitioned(const std::string& except) const;
    [[nodiscard]] CpuSet isolated_at_boot() const;
    void end_overlapped(const std::string& writer);
    bool end_now(const std::string& path);

    std::map<std::string, std::string>& files_;
    std::set<std::string>& directories_;
    std::map<std::string, CpuSet> allowed_;
    std::map<std::string, CpuSet> last_; // effective, when tasks were moved last
    std::map<std::string, CpuSet> tasks_;
};

} // namespace hostlease::test
