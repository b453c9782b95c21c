// cpuset partitions, those below cgroups that are none ("remote") and those in one ("local"), as
// kernel/cgroup/cpuset.c keeps them (Linux 6.12), and what was found by experiment: refusals that are no
// write errors, a parent's loss that breaks what is below it, CPUs that go offline, a sibling's CPUs that
// break a partition, a remote one that is freed while it is broken.
#pragma once

#include "support/fake_cgroups.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>

namespace hostlease::test {

class FakePartitions {
  public:
    FakePartitions(std::map<std::string, std::string>& files, FakeCgroups& cgroups)
        : files_(files), cgroups_(cgroups) {}

    /// The kernel has them from now on.
    void enable();
    [[nodiscard]] bool is_enabled() const;

    /// A cgroup below machine.slice, "/machine.slice/a.scope", with the CPUs that it is allowed; none: not
    /// set.
    void add(const std::string& cgroup, const CpuSet& cpus);
    /// The cgroup and all below it.
    void remove(const std::string& cgroup);

    /// The files of partitions; nullopt for all others.
    std::optional<Status> write(const std::string& path, const std::string& text);

    /// libvirt gives a thread's cgroup its CPUs while the VM runs.
    void pin(const std::string& thread, const CpuSet& cpus);

    /// The kernel has kept CPUs of a partition that is no more.
    void lose(const CpuSet& cpus) {
        lost_ |= cpus;
        update();
    }

    /// CPUs that are plugged in; a remote partition that loses its last one stays broken.
    void set_online(const CpuSet& cpus);

    [[nodiscard]] std::string state(const std::string& cgroup) const;
    [[nodiscard]] CpuSet exclusive(const std::string& cgroup) const;

    std::set<std::string> impossible; // cgroups that make no partition whatever is written
    bool crashed = false;             // a partition was made after the kernel had lost one

    /// What the files cannot say: for a copy.
    void take_over(const FakePartitions& other) {
        impossible = other.impossible;
        crashed = other.crashed;
        stale_ = other.stale_;
        lost_ = other.lost_;
    }

  private:
    [[nodiscard]] bool is_valid(const std::string& cgroup) const;
    template <typename Visit>
    void for_each(Visit visit);
    CpuSet given_down(const std::string& parent, const std::string& but);
    std::string fault_of_remote(const std::string& cgroup, const CpuSet& cpus);
    std::string fault_of_local(const std::string& cgroup, const CpuSet& cpus);
    bool is_shared(const std::string& cgroup, const CpuSet& cpus);
    void change(const std::string& cgroup, const std::string& word);
    [[nodiscard]] std::string refusal_of_exclusive(const std::string& cgroup, const CpuSet& cpus) const;
    std::string fault_of(const std::string& cgroup);
    [[nodiscard]] bool has_from_above(const std::string& cgroup, const CpuSet& cpus) const;
    void update();

    std::map<std::string, std::string>& files_;
    FakeCgroups& cgroups_;
    std::set<std::string> stale_; // broken, and still on the kernel's list of remote partitions
    CpuSet lost_;
};

} // namespace hostlease::test
