// Huge pages over the lives of VMs.
#include "engine/operations.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("a VM that does not fit is refused before any write, with an account of its node") {
    World world;
    FakeVm guest = make_vm(1, 9000);
    const auto before = world.host.snapshot();
    const auto outcome = world.libvirt.call(guest, Step::prepare);
    CHECK(outcome.code == ExitCode::failed);
    CHECK(outcome.reason.find("memory needs 9000 x 2 MiB on node1") != std::string::npos);
    CHECK(outcome.reason.find("the largest size that fits is 15 GiB") != std::string::npos);
    CHECK(outcome.reason.find('\n') == std::string::npos);
    CHECK(world.host.writes.empty());
    CHECK(world.host.snapshot() == before);
}

TEST_CASE("only a pool that stays short is compacted") {
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
    CHECK(std::count(world.host.writes.begin(), world.host.writes.end(),
                     "/sys/devices/system/node/node1/compact=1") == 1);
}

TEST_CASE("caches are dropped only when the policy allows it") {
    for (const bool allowed : {false, true}) {
        World world;
        if (allowed)
            world.host.files[World::policy_file] =
                "version = 1\n[match]\ndomain = \"vm*\"\n[hugepages]\ndrop_caches = true\n";
        world.host.nodes[1].stuck = 15 * GiB + 512 * MiB;
        const auto before = world.host.snapshot();
        FakeVm guest = make_vm(1, 512);
        const auto outcome = world.libvirt.call(guest, Step::prepare);
        CHECK((outcome.code == ExitCode::done) == allowed);
        CHECK((std::count(world.host.writes.begin(), world.host.writes.end(), "/proc/sys/vm/drop_caches=1") ==
               1) == allowed);
        world.libvirt.bring_down(world.host, guest);
        auto after = world.host.snapshot();
        after["/proc/sys/vm/drop_caches"] = before.at("/proc/sys/vm/drop_caches"); // a command, not a state
        CHECK(after == before);
    }
}

TEST_CASE("caches that only the second command drops are dropped as well before a VM is refused") {
    World world("version = 1\n[match]\ndomain = \"vm*\"\n[hugepages]\ndrop_caches = true\n");
    world.host.nodes[1].inodes = 15 * GiB + 512 * MiB;
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.call(guest, Step::prepare).code == ExitCode::done);
    CHECK(world.pool(1).persistent == 512);
}

TEST_CASE("dirty pages are waited for while they decrease and there is time") {
    for (const bool has_time : {true, false}) {
        World world("version = 1\n[match]\ndomain = \"vm*\"\n[hugepages]\ndeadline = \"" +
                    std::string(has_time ? "20s" : "1s") + "\"\n");
        world.host.nodes[1].dirty = 13 * GiB; // 13 s
        FakeVm guest = make_vm(1, 7000);
        const auto outcome = world.libvirt.call(guest, Step::prepare);
        CHECK((outcome.code == ExitCode::done) == has_time);
        CHECK((world.pool(1).persistent == 7000) == has_time);
    }
}

TEST_CASE("a VM that cannot be helped is refused soon, whatever its deadline") {
    World world;
    world.host.nodes[1].stuck = 15 * GiB;
    const auto began = world.host.now();
    CHECK(world.libvirt.call(make_vm(1, 600), Step::prepare).code == ExitCode::failed);
    CHECK(world.host.now() - began < std::chrono::seconds(1));
}

TEST_CASE("without a limit for the host, the kernel decides, unless another VM's policy has one") {
    for (const bool other_has_limit : {false, true}) {
        World world("version = 1\n[match]\ndomain = \"vm*\"\n[hugepages]\nhost_free_min = \"none\"\n");
        FakeVm other = make_vm(2, 16);
        if (other_has_limit)
            world.host.files["/etc/hostlease/vm2.toml"] =
                "version = 1\n[hugepages]\nhost_free_min = \"1GiB\"\n";
        REQUIRE(world.libvirt.call(other, Step::prepare).code == ExitCode::done);
        const auto outcome = world.libvirt.call(make_vm(1, 8000), Step::prepare); // 384 MiB are left
        CHECK((outcome.code == ExitCode::done) == !other_has_limit);
    }
}

TEST_CASE("a shortage found by growing is undone and reported") {
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

TEST_CASE("an unbound VM takes pages that its near node lacks from the other node") {
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

TEST_CASE("surplus pages in use do not count as available") {
    World world;
    world.pool(1).in_use = 100; // overcommitted by another program
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    CHECK(world.pool(1).free() == 0);
    CHECK(guest.mapped[1] == 512);
    world.libvirt.bring_down(world.host, guest);
    CHECK(world.pool(1).in_use == 100);
    CHECK(world.pool(1).persistent == 0);
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("pages promised to a starting VM are neither given to another VM nor released") {
    World world;
    world.pool(1).persistent = 512;
    FakeVm first = make_vm(1, 512);
    FakeVm second = make_vm(2, 512);
    REQUIRE(world.libvirt.call(first, Step::prepare).code == ExitCode::done);
    CHECK(world.pool(1).persistent == 512); // the boot-time pages suffice
    REQUIRE(world.libvirt.call(second, Step::prepare).code == ExitCode::done);
    CHECK(world.pool(1).persistent == 1024);
    world.libvirt.bring_down(world.host, second); // its start failed
    CHECK(world.pool(1).persistent == 512);
    REQUIRE(world.libvirt.call(first, Step::start).code == ExitCode::done);
    CHECK(world.libvirt.launch(first));
}

TEST_CASE("pages that a QEMU maps before its started call are not counted twice") {
    World world;
    world.pool(1).persistent = 1024;
    FakeVm first = make_vm(1, 512);
    REQUIRE(world.libvirt.call(first, Step::prepare).code == ExitCode::done);
    REQUIRE(world.libvirt.call(first, Step::start).code == ExitCode::done);
    REQUIRE(world.libvirt.launch(first)); // 512 pages in use, before the call `started`
    REQUIRE(world.libvirt.call(make_vm(2, 512), Step::prepare).code == ExitCode::done);
    CHECK(world.pool(1).persistent == 1024);
}

TEST_CASE("pages that another program removed during the lease are not missed twice") {
    for (const bool noticed_while_running : {false, true}) {
        World world;
        world.pool(1).persistent = 1000; // 1000 boot-time pages, all in use by others
        world.pool(1).in_use = 1000;
        FakeVm guest = make_vm(1, 512);
        REQUIRE(world.libvirt.bring_up(world.host, guest));
        CHECK(world.pool(1).persistent == 1512);
        world.pool(1).persistent = 1000; // the admin restores the pool's size by hand while the VM runs
        Call call;
        if (noticed_while_running) CHECK(reconcile(world.host, call));
        world.libvirt.bring_down(world.host, guest);
        CHECK(world.pool(1).persistent == 1000);
    }
}

TEST_CASE("pages that an admin adds and removes while VMs come and go belong to no VM") {
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

TEST_CASE("a VM is not promised pages that another program has reserved, whatever is promised to VMs without "
          "a QEMU") {
    World world;
    world.pool(1).persistent = 1600;
    world.pool(1).reserved = 600; // mapped by a database that touches them later
    REQUIRE(world.libvirt.call(make_vm(1, 1000), Step::prepare).code == ExitCode::done);
    CHECK(world.pool(1).persistent == 1600);
    REQUIRE(world.libvirt.call(make_vm(2, 500), Step::prepare).code == ExitCode::done);
    CHECK(world.pool(1).persistent == 2100);
}

TEST_CASE("pages that another program has reserved stay with a node only if other nodes have too few") {
    struct Case {
        std::uint64_t elsewhere;
        std::uint64_t reserved_elsewhere;
        std::uint64_t reserved_here;
        std::uint64_t left;
    };
    for (const auto& [elsewhere, reserved_elsewhere, reserved_here, left] :
         {Case{800, 600, 0, 0}, Case{200, 200, 400, 400}}) {
        CAPTURE(elsewhere);
        World world;
        world.pool(0).persistent = elsewhere;
        FakeVm vm = make_vm(1, 500);
        REQUIRE(world.libvirt.bring_up(world.host, vm));
        world.pool(0).reserved = reserved_elsewhere;
        world.pool(1).reserved = reserved_here;
        world.libvirt.bring_down(world.host, vm);
        CHECK(world.pool(1).persistent == left);
        CHECK(world.ledger().leases.empty());
    }
}

TEST_CASE(
    "a pool whose change cannot be recorded is not changed, and no later call takes the host's own pages") {
    World world;
    world.pool(1).persistent = 512; // boot-time pages in use
    world.pool(1).in_use = 512;
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    REQUIRE(world.pool(1).persistent == 1024);
    world.libvirt.quit(guest);
    world.host.is_full = true;
    CHECK(world.libvirt.call(guest, Step::stopped).code == ExitCode::done);
    const auto outcome = world.libvirt.call(guest, Step::release);
    CHECK(outcome.reason.find("node1/hugepages-2048kB stays as it is") != std::string::npos);
    CHECK(world.pool(1).persistent == 1024);
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "60\n");
    world.host.is_full = false;
    Call call;
    CHECK(reconcile(world.host, call));
    CHECK(world.pool(1).persistent == 512);
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a pool whose growth cannot be recorded does not grow") {
    World world;
    world.host.directories.insert("/run/hostlease");
    world.host.is_full = true;
    CHECK(world.libvirt.call(make_vm(1, 512), Step::prepare).code == ExitCode::failed);
    CHECK(world.pool(1).persistent == 0);
}
