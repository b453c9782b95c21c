// libvirt's part of a VM's life on a FakeHost: it calls the hook in libvirt's order and maps the pages like
// QEMU.
#pragma once

#include "hook_call.hpp"
#include "support/fake_host.hpp"

#include <string>
#include <vector>

namespace hostlease::test {

/// A VM with `pages` of 2 MiB, bound to one node, or to none (-1), and two vCPUs: each has one of two pins,
/// or, for any other number of pins, all of them.
struct FakeVm {
    std::string name;
    std::string uuid;
    std::uint64_t pages = 0;
    int node = -1;
    std::string pins = "4,5";
    std::string emulator = {};                     // CPUs; "" for no pin
    std::int64_t pid = 0;                          // while QEMU runs
    std::map<unsigned, std::uint64_t> mapped = {}; // by node
    std::string scope = {};                        // its cgroup while QEMU runs on a host with partitions

    [[nodiscard]] CpuSet pin_of(unsigned vcpu) const;

    [[nodiscard]] std::string xml() const;
};

enum class Step { prepare, start, started, stopped, release };

class FakeLibvirt {
  public:
    static constexpr std::int64_t daemon_pid = 900;

    explicit FakeLibvirt(FakeHost& host) : machine_(host) { restart_daemon(); }
    /// For a copy of another libvirt's host.
    FakeLibvirt(FakeHost& host, const FakeLibvirt& other)
        : machine_(host), next_pid_(other.next_pid_), daemon_start_(other.daemon_start_) {}

    /// Calls the hook through `host`, which may be a FaultyHost on the machine.
    HookOutcome call(Host& host, const FakeVm& vm, Step step);
    HookOutcome call(const FakeVm& vm, Step step) { return call(machine_, vm, step); }
    HookOutcome call(Host& host, const FakeVm& vm, const std::string& operation,
                     const std::string& suboperation);

    /// libvirt has started the VM's CPUs, and calls `started` next.
    void finish_start(const FakeVm& vm);
    /// QEMU starts and maps its pages, from the node it is bound to, or from the nearest first. False if
    /// there are too few pages (QEMU would exit).
    bool launch(FakeVm& vm);
    /// QEMU has ended, and its pages are free again.
    void quit(FakeVm& vm);

    /// The whole start; if the hook refuses or there are too few pages, libvirt calls stopped and
    /// release.
    bool bring_up(Host& host, FakeVm& vm);
    void bring_down(Host& host, FakeVm& vm);

    void kill_daemon() { machine_.files.erase(stat_path(daemon_pid)); }
    /// With the same number, but as a different process.
    void restart_daemon() { add_process(daemon_pid, daemon_start_ += 1000); }

  private:
    static std::string stat_path(std::int64_t pid) { return "/proc/" + std::to_string(pid) + "/stat"; }
    void add_process(std::int64_t pid, std::uint64_t start_time);
    void write_status(const FakeVm& vm, const std::string& state);
    void add_cgroups(FakeVm& vm);
    void remove_cgroups(FakeVm& vm);

    FakeHost& machine_;
    std::int64_t next_pid_ = 5000;
    std::uint64_t daemon_start_ = 0;
};

} // namespace hostlease::test
