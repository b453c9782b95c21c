// Huge pages over the lives of VMs.
#include "engine/operations.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("a VM that does not fit is refused before anything is written, with the account of its node") {
    World world;
    FakeVm guest = make_vm(1, 9000);
    const auto before = world.host.snapshot();
    const auto outcome = world.libvirt.call(guest, Step::prepare);
    CHECK(outcome.code == ExitCode::failed);
    CHECK(outcome.reason.find("memory needs 9000 x 2 MiB on node1") != std::string::npos);
    CHECK(outcome.reason.find("the largest that fits there is 15 GiB") != std::string::npos);
    CHECK(outcome.reason.find('\n') == std::string::npos);
    CHECK(world.host.writes.empty());
    CHECK(world.host.snapshot() == before);
}

TEST_CASE("a pool that comes out short is compacted, and only then") {
    World world;
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    for (const auto& write : world.host.writes)
        CHECK(write.find("/compact=") == std::string::npos);
    world.libvirt.bring_down(world.host, guest);
    world.host.writes.clear();
    world.host.nodes[1].fragmented = 15 * GiB + 512 * MiB;
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    CHECK(world.pool(1).persistent == 512);
    CHECK(std::count(world.host.writes.begin(), world.host.writes.end(), "/sys/devices/system/node/node1/compact=1") == 1);
}

TEST_CASE("caches are dropped only when the policy allows it") {
    for (const bool allowed : {false, true}) {
        World world;
        if (allowed)
            world.host.files[World::policy_file] = "version = 1\n[match]\ndomain = \"vm*\"\n[hugepages]\ndrop_caches = true\n";
        world.host.nodes[1].stuck = 15 * GiB + 512 * MiB;
        const auto before = world.host.snapshot();
        FakeVm guest = make_vm(1, 512);
        const auto outcome = world.libvirt.call(guest, Step::prepare);
        CHECK((outcome.code == ExitCode::done) == allowed);
        CHECK((std::count(world.host.writes.begin(), world.host.writes.end(), "/proc/sys/vm/drop_caches=1") == 1) == allowed);
        world.libvirt.bring_down(world.host, guest);
        auto after = world.host.snapshot();
        after["/proc/sys/vm/drop_caches"] = before.at("/proc/sys/vm/drop_caches"); // an order, not a state
        CHECK(after == before);
    }
}

TEST_CASE("a shortage found by growing is given back and told") {
    World world;
    world.host.nodes[1].stuck = 15 * GiB; // 512 pages left
    const auto before = world.host.snapshot();
    const auto outcome = world.libvirt.call(make_vm(1, 600), Step::prepare);
    CHECK(outcome.code == ExitCode::failed);
    CHECK(outcome.reason.find("512 can be added") != std::string::npos);
    CHECK(outcome.reason.find("1 GiB") != std::string::npos);
    CHECK(world.host.snapshot() == before);
    CHECK(world.ledger().leases.empty());
}

TEST_CASE("an unbound VM takes what its near node cannot give from the other node") {
    World world;
    world.host.nodes[1].stuck = 15 * GiB;
    const auto before = world.host.snapshot();
    FakeVm guest = make_vm(1, 600, -1);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    CHECK(world.pool(1).persistent == 512);
    CHECK(world.pool(0).persistent == 88);
    world.libvirt.bring_down(world.host, guest);
    CHECK(world.host.snapshot() == before);
}

TEST_CASE("free pages of a boot-time pool are used first and stay") {
    World world;
    world.pool(1).persistent = 400;
    const auto before = world.host.snapshot();
    FakeVm small = make_vm(1, 300);
    REQUIRE(world.libvirt.bring_up(world.host, small));
    CHECK(world.pool(1).persistent == 400);
    FakeVm large = make_vm(2, 300);
    REQUIRE(world.libvirt.bring_up(world.host, large));
    CHECK(world.pool(1).persistent == 600);
    world.libvirt.bring_down(world.host, large);
    CHECK(world.pool(1).persistent == 400);
    world.libvirt.bring_down(world.host, small);
    CHECK(world.host.snapshot() == before);
}

TEST_CASE("surplus pages in use do not count as pages to be had") {
    World world;
    world.pool(1).in_use = 100; // by somebody's overcommit
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    CHECK(world.pool(1).free() == 0);
    CHECK(guest.mapped[1] == 512);
    world.libvirt.bring_down(world.host, guest);
    CHECK(world.pool(1).in_use == 100);
    CHECK(world.pool(1).persistent == 0);
    CHECK(world.ledger().records.empty());
}

TEST_CASE("pages promised to a VM on its way up are not another VM's, nor given back under it") {
    World world;
    world.pool(1).persistent = 512;
    FakeVm first = make_vm(1, 512);
    FakeVm second = make_vm(2, 512);
    REQUIRE(world.libvirt.call(first, Step::prepare).code == ExitCode::done);
    CHECK(world.pool(1).persistent == 512); // the boot pages will do
    REQUIRE(world.libvirt.call(second, Step::prepare).code == ExitCode::done);
    CHECK(world.pool(1).persistent == 1024);
    world.libvirt.bring_down(world.host, second); // its start failed
    CHECK(world.pool(1).persistent == 512);
    REQUIRE(world.libvirt.call(first, Step::start).code == ExitCode::done);
    CHECK(world.libvirt.launch(first));
}

TEST_CASE("pages that a QEMU has mapped before its started call are not counted twice") {
    World world;
    world.pool(1).persistent = 1024;
    FakeVm first = make_vm(1, 512);
    REQUIRE(world.libvirt.call(first, Step::prepare).code == ExitCode::done);
    REQUIRE(world.libvirt.call(first, Step::start).code == ExitCode::done);
    REQUIRE(world.libvirt.launch(first)); // 512 in use, `started` has not come yet
    REQUIRE(world.libvirt.call(make_vm(2, 512), Step::prepare).code == ExitCode::done);
    CHECK(world.pool(1).persistent == 1024);
}

TEST_CASE("pages that somebody took away during the lease are not missed twice") {
    for (const bool noticed_while_running : {false, true}) {
        World world;
        world.pool(1).persistent = 1000; // 1000 from boot, all in use by others
        world.pool(1).in_use = 1000;
        FakeVm guest = make_vm(1, 512);
        REQUIRE(world.libvirt.bring_up(world.host, guest));
        CHECK(world.pool(1).persistent == 1512);
        world.pool(1).persistent = 1000; // the admin sets the pool back by hand while the VM runs
        Report report;
        if (noticed_while_running) CHECK(reconcile(world.host, report));
        world.libvirt.bring_down(world.host, guest);
        CHECK(world.pool(1).persistent == 1000);
    }
}

TEST_CASE("pages that an admin adds and takes back while VMs come and go are not counted as anybody's") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm first = make_vm(1, 32);
    REQUIRE(world.libvirt.bring_up(world.host, first));
    world.pool(1).persistent += 10;
    FakeVm second = make_vm(2, 32);
    REQUIRE(world.libvirt.bring_up(world.host, second));
    world.libvirt.bring_down(world.host, second);
    world.pool(1).persistent -= 10;
    world.libvirt.bring_down(world.host, first);
    CHECK(difference(before, world.host.snapshot()) == "");
}
