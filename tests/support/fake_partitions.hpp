// cpuset partitions, both "remote" ones below cgroups that are not partitions and "local" ones inside a
// partition, as in kernel/cgroup/cpuset.c (Linux 6.12). Also behaviour found by experiment: refusals without
// a write error, a parent's loss that breaks partitions below it, CPUs that go offline, a sibling's CPUs that
// break a partition, and a remote partition that is freed while it is broken.
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

    /// From now on, the kernel supports partitions.
    void enable();
    [[nodiscard]] bool is_enabled() const;

    /// Adds a cgroup below machine.slice, "/machine.slice/a.scope", with its allowed CPUs; empty means not
    /// set.
    void add(const std::string& cgroup, const CpuSet& cpus);
    /// Removes the cgroup and all cgroups below it.
    void remove(const std::string& cgroup);

    /// The files of partitions; nullopt for all others.
    std::optional<Status> write(const std::string& path, const std::string& text);

    /// libvirt sets the CPUs of a thread's cgroup while the VM runs.
    void pin(const std::string& thread, const CpuSet& cpus);

    /// The kernel has kept CPUs of a partition that no longer exists.
    void lose(const CpuSet& cpus) {
        lost_ |= cpus;
        update();
    }

    /// Sets the online CPUs; a remote partition that loses its last CPU stays broken.
    void set_online(const CpuSet& cpus);

    [[nodiscard]] std::string state(const std::string& cgroup) const;
    [[nodiscard]] CpuSet exclusive(const std::string& cgroup) const;

    std::set<std::string> impossible; // cgroups that never become valid partitions
    bool crashed = false;             // a partition was made after the kernel had lost one

    /// Copies the state that is not in files.
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
    std::set<std::string> stale_; // broken, but still on the kernel's list of remote partitions
    CpuSet lost_;
};

} // namespace hostlease::test
