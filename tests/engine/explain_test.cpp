#include "engine/explain.hpp"

#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
Explanation about(World& world, const std::string& knob, const std::string& target) {
    for (auto& one : explain(world.host, world.ledger()))
        if (one.knob->key == knob && one.target == target) return one;
    return {};
}
} // namespace

TEST_CASE("the last writer of a value, in words") {
    World world;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    const auto said = [&] { return about(world, "memory.swappiness", "swappiness").writer; };
    std::string& file = world.host.files["/proc/sys/vm/swappiness"];
    CHECK(said() == "hostlease wrote it");
    file = "60\n";
    CHECK(said() == "another program restored it");
    file = "7\n";
    CHECK(said() == "another program; hostlease had written '10'");
    file = "10\n";
    Ledger ledger = Ledger::open(world.host, {}).value();
    ledger.content.record("memory.swappiness", "swappiness")->intended = "10";
    REQUIRE(ledger.save_records());
    CHECK(said() == "hostlease wrote it"); // the write succeeded
    file = "7\n";
    CHECK(said() == "a write of '10' was interrupted; `hostlease reconcile` finishes it");
}

TEST_CASE("a value that is not written yet has no writer, and a sleeping one names its CPU") {
    World world("version = 1\n[match]\ndomain = \"vm*\"\n[hugepages]\nreserve = \"leave\"\n"
                "[memory]\nswappiness = 10\n[power]\ngovernor = \"performance\"\n");
    world.pool(1).persistent = 128;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    auto ledger = world.ledger();
    const auto said = [&](const std::string& knob) {
        for (const auto& one : explain(world.host, ledger))
            if (one.knob->key == knob) return one.writer;
        return std::string();
    };
    ledger.leases.clear();
    CHECK(said("memory.swappiness") == "hostlease has not written '60' yet");
    ledger.record("memory.swappiness", "swappiness")->refused = "60";
    CHECK(said("memory.swappiness") == "the kernel refused '60'");
    world.host.files.erase("/proc/sys/vm/swappiness");
    CHECK(said("memory.swappiness") == "/proc/sys/vm/swappiness is gone");
    ledger = world.ledger();
    world.host.files.erase("/sys/devices/system/cpu/cpufreq/policy4/scaling_governor");
    world.host.files["/sys/devices/system/cpu/online"] = "0-3,5-7\n";
    CHECK(said("power.governor").find("sleeps, as CPU 4 is offline") != std::string::npos);
}

TEST_CASE("pages added by other programs are reported, and the reason if a value is unreadable") {
    World world;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(about(world, "hugepages.reserve", "node1/hugepages-2048kB").writer == "hostlease wrote it");
    world.pool(1).persistent += 10;
    const auto pool = about(world, "hugepages.reserve", "node1/hugepages-2048kB");
    CHECK(pool.writer == "another program; hostlease had left 64");
    CHECK(pool.current == "74");
    world.host.files.erase("/sys/kernel/mm/ksm/run");
    const auto gone = about(world, "memory.ksm", "run");
    CHECK(gone.current == "");
    CHECK(gone.writer.find("/sys/kernel/mm/ksm/run") != std::string::npos);
}

TEST_CASE("CPUs that VMs take from the host are granted to each; a value that gives way is not granted") {
    World world("version = 1\n[match]\ndomain = \"vm*\"\n[hugepages]\nreserve = \"leave\"\n[cpus]\nmethod = "
                "\"slices\"\n"
                "[memory]\nswappiness = 10\n");
    world.host.files["/etc/hostlease/vm2.toml"] = "version = 1\nmemory.swappiness = 20\n[hugepages]\nreserve "
                                                  "= \"leave\"\n[cpus]\nmethod = \"slices\"\n";
    world.pool(1).persistent = 128;
    FakeVm one = make_vm(1, 64);
    FakeVm two = make_vm(2, 64, 1, "6,7");
    REQUIRE(world.libvirt.bring_up(world.host, one));
    REQUIRE(world.libvirt.bring_up(world.host, two));
    const auto slice = about(world, "cpus.isolate", "system.slice");
    CHECK(slice.wanted == "0-3");
    REQUIRE(slice.claims.size() == 2);
    CHECK(slice.claims[0].granted);
    CHECK(slice.claims[1].granted);
    CHECK(about(world, "cpus.isolate", "isolated").knob == nullptr); // a limit, which is never written
    const auto value = about(world, "memory.swappiness", "swappiness");
    REQUIRE(value.claims.size() == 2);
    CHECK(value.claims[0].granted);
    CHECK_FALSE(value.claims[1].granted);
    CHECK(value.claims[1].domain == "vm2");
}

TEST_CASE("claims of later phases are shown, and nothing is written") {
    World world;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    const auto writes = world.host.writes.size();
    const auto value = about(world, "memory.swappiness", "swappiness");
    CHECK_FALSE(value.baseline);
    CHECK(value.current == "60");
    CHECK(value.writer == "hostlease has not written it yet");
    REQUIRE(value.claims.size() == 1);
    CHECK_FALSE(value.claims[0].counts);
    CHECK(world.host.writes.size() == writes);
}
