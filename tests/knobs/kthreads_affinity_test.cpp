#include "engine/form.hpp"
#include "engine/verify.hpp"
#include "support/builders.hpp"
#include "support/world.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
Scene scene(std::string kernel) {
    Scene made{with_pins(domain_with_memory(GiB), {{4}, {5}}),
               policy_with({{"kthreads.affinity", "housekeeping"}}), host_with_nodes(2)};
    made.facts.kernel = std::move(kernel);
    return made;
}

struct ThreadWorld : World {
    ThreadWorld()
        : World("version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = "
                "\"leave\"\n[kthreads]\naffinity = "
                "\"housekeeping\"\n") {
        pool(1).persistent = 128;
    }
    std::string cpus(std::int64_t thread) { return to_list(host.threads[thread].cpus); }
};
} // namespace

TEST_CASE("kthreads.affinity claims the kernel's threads before Linux 6.7") {
    for (const char* kernel : {"6.1.0-50-amd64", "6.6.9", "5.15.0-91-generic", "6.1"})
        CHECK(text_of(plan_of("kthreads.affinity", scene(kernel))) ==
              "/proc/* [*] = 0-3,6-7; start, best-effort; win11.toml:2:1; CPU 4-5 belongs to the VM\n");
}

TEST_CASE("kthreads.affinity says from Linux 6.7 on that partitions do the same") {
    for (const std::string kernel : {"6.7.0", "6.12.107+deb13-amd64", "6.7-rc1", "10.0"})
        CHECK(text_of(plan_of("kthreads.affinity", scene(kernel))) ==
              "win11.toml:2:1: warning: kthreads.affinity has no effect on Linux " + kernel +
                  ": from 6.7 on, partitions keep kernel threads off isolated CPUs\n"
                  "  hint: isolate the CPUs with cpus.method = \"partition\", and remove this key from the "
                  "policy\n");
}

TEST_CASE("unbound kernel threads are moved and restored; those bound to one CPU, and those of programs, are "
          "not changed") {
    ThreadWorld world;
    world.host.threads[5] = {.cpus = CpuSet::range(0, 7)}; // not a kernel thread
    world.host.files["/proc/5/stat"] = "5 (sshd) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 7 0 0\n";
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(world.cpus(12) == "0-3,6-7");
    CHECK(world.cpus(13) == "4");
    CHECK(world.cpus(14) == "4");
    CHECK(world.cpus(15) == "6-7"); // stays on its node
    CHECK(world.cpus(5) == "0-7");
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.cpus(12) == "0-7");
    CHECK(world.cpus(15) == "4-7");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a thread with only one CPU left is restored nevertheless") {
    ThreadWorld world;
    FakeVm vm = make_vm(1, 64, 1, "0-6");
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(world.cpus(12) == "7");
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.cpus(12) == "0-7");
}

TEST_CASE("a thread that does not move is skipped; a number that another thread has taken is not restored") {
    ThreadWorld world;
    world.host.threads[15].is_movable = false;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(world.cpus(15) == "4-7");
    CHECK(verify(world.host, world.ledger()).empty());
    world.host.add_kernel_thread(12, "kcompactd0", CpuSet::range(0, 3), false);
    auto& stat = world.host.files["/proc/12/stat"];
    stat.replace(stat.find(" 22 0 0"), 3, " 99"); // started later
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.cpus(12) == "0-3");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("required kernel threads refuse the VM in prepare if the host shows none, as in a container") {
    ThreadWorld world;
    world.host.files[World::policy_file] += "enforce = \"required\"\n";
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    world.libvirt.call(vm, Step::release);
    for (const auto thread : world.host.kernel_threads)
        world.host.files.erase("/proc/" + std::to_string(thread) + "/stat");
    const auto outcome = world.libvirt.call(vm, Step::prepare);
    CHECK(outcome.code == ExitCode::failed);
    CHECK(outcome.reason.find("kthreads.affinity has nothing to act on") != std::string::npos);
    CHECK(world.ledger().leases.empty());
}
