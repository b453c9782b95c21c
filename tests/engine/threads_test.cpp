// Threads of a running QEMU: found, scheduled, ended.
#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string policy =
    "version = 1\n[match]\ndomain = \"vm*\"\n[hugepages]\nreserve = \"leave\"\n[threads]\n"
    "vcpu = \"fifo:1\"\nemulator = -5\n";

/// A VM whose QEMU has its main thread, two vCPUs and a vhost worker.
struct ThreadWorld : World {
    FakeVm vm = make_vm(1, 64);
    bool has_cgroups;

    explicit ThreadWorld(bool cgroups) : World(policy), has_cgroups(cgroups) { pool(1).persistent = 128; }

    void add_thread(std::int64_t id, const std::string& name, const std::string& role) {
        const std::string cgroup =
            has_cgroups ? "/machine.slice/vm.scope/libvirt/" + role : "/system.slice/libvirtd.service";
        const std::string task = "/proc/" + std::to_string(vm.pid) + "/task/" + std::to_string(id) + "/";
        host.files[task + "comm"] = name + "\n";
        host.files[task + "cgroup"] = "0::" + cgroup + "\n";
        if (id != vm.pid) set_start(id, 3000);
        host.threads[id] = {CpuSet::range(0, 7)};
    }

    void set_start(std::int64_t id, int ticks) {
        host.files["/proc/" + std::to_string(id) + "/stat"] =
            std::to_string(id) + " (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 " + std::to_string(ticks) +
            " 0 0\n";
    }

    void start() {
        REQUIRE(libvirt.call(vm, Step::prepare).code == ExitCode::done);
        REQUIRE(libvirt.call(vm, Step::start).code == ExitCode::done);
        REQUIRE(libvirt.launch(vm));
        add_thread(vm.pid, "qemu-system-x86", "emulator");
        for (const auto& [name, role] :
             {std::pair("CPU 0/KVM", "vcpu0"), std::pair("CPU 1/TCG", "vcpu1"),
              std::pair("vhost-5000", "emulator"), std::pair("worker", "emulator")})
            add_thread(next_++, name, role);
        report = libvirt.call(vm, Step::started).report;
    }

    std::string scheduling() {
        std::string text;
        for (const auto& [id, thread] : host.threads)
            if (!host.kernel_threads.contains(id)) text += (text.empty() ? "" : ", ") + thread.scheduling;
        return text;
    }

    Report report;

  private:
    std::int64_t next_ = 6000;
};
} // namespace

TEST_CASE("QEMU's threads are scheduled once they are there, with cgroups and without") {
    for (const bool has_cgroups : {true, false}) {
        CAPTURE(has_cgroups);
        ThreadWorld world(has_cgroups);
        world.start();
        CHECK(world.scheduling() == "other:-5, fifo:1, fifo:1, other:0, other:-5");
        CHECK(world.report.entries.empty());
        CHECK(verify(world.host, world.ledger()).empty());
        world.libvirt.bring_down(world.host, world.vm);
        CHECK_FALSE(world.ledger().has_records());
    }
}

TEST_CASE("a lease that ends before its QEMU restores the threads") {
    ThreadWorld world(true);
    world.start();
    world.libvirt.call(world.vm, Step::release);
    CHECK(world.scheduling() == "other:0, other:0, other:0, other:0, other:0");
}

TEST_CASE("a thread that has ended is no failure, and its number may be reused") {
    ThreadWorld world(true);
    world.start();
    const std::int64_t worker = world.host.threads.rbegin()->first;
    world.set_start(worker, 9999);
    world.host.threads[worker].scheduling = "rr:7";
    world.host.writes.clear();
    Call call;
    CHECK(reconcile(world.host, call));
    CHECK(call.report.entries.empty());
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.call(world.vm, Step::release);
    CHECK(world.host.threads[worker].scheduling == "rr:7");
    CHECK_FALSE(world.ledger().has_records());
}
