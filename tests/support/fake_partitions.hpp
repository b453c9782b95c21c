// cpuset partitions below cgroups that are none ("remote"), as kernel/cgroup/cpuset.c keeps them (Linux 6.12), and what was found by
// experiment: refusals that are no write errors, a parent's loss that breaks what is below it, CPUs that go offline.
#pragma once

#include "support/fake_cgroups.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace hostlease::test {

class FakePartitions {
  public:
    FakePartitions(std::map<std::string, std::string>& files, FakeCgroups& cgroups) : files_(files), cgroups_(cgroups) {}

    /// The kernel has them from now on.
    void enable();
    [[nodiscard]] bool is_enabled() const;

    /// A cgroup below machine.slice, "/machine.slice/a.scope", with the CPUs that it is allowed; none: not set.
    void add(const std::string& cgroup, const CpuSet& cpus);
    /// The cgroup and all below it.
    void remove(const std::string& cgroup);

    /// The files of partitions; nullopt for all others.
    std::optional<Status> write(const std::string& path, const std::string& text);

    /// CPUs that are plugged in; a partition that loses its last one stays broken.
    void set_online(const CpuSet& cpus);

    [[nodiscard]] std::string state(const std::string& cgroup) const;
    [[nodiscard]] CpuSet exclusive(const std::string& cgroup) const;

    std::set<std::string> impossible; // cgroups that make no partition whatever is written

  private:
    [[nodiscard]] std::string refusal_of_exclusive(const std::string& cgroup, const CpuSet& cpus) const;
    [[nodiscard]] std::string fault_of(const std::string& cgroup) const;
    [[nodiscard]] bool has_from_above(const std::string& cgroup, const CpuSet& cpus) const;
    void update();

    std::map<std::string, std::string>& files_;
    FakeCgroups& cgroups_;
};

} // namespace hostlease::test
