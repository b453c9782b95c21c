#include "engine/liveness.hpp"

#include "support/faulty_host.hpp"
#include "support/world.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;
using namespace std::chrono_literals;

namespace doctest {
template <>
struct StringMaker<Liveness> {
    static String convert(Liveness value) {
        return value == Liveness::live ? "live" : value == Liveness::dead ? "dead" : "unknown";
    }
};
} // namespace doctest

namespace {
/// libvirt with its daemon, a VM that is starting or running, and the lease as the hook writes it.
struct Stage {
    World world;
    FakeVm vm = make_vm(1, 16);
    Lease lease;

    explicit Stage(LeaseState state = LeaseState::prepared) {
        world.pool(1).persistent = 64;
        lease.uuid = vm.uuid;
        lease.domain = vm.name;
        lease.state = state;
        lease.order = world.host.now().count();
        lease.daemon = {FakeLibvirt::daemon_pid, 1000};
    }
    void launch() { REQUIRE(world.libvirt.launch(vm)); }
    void know_qemu() { lease.qemu = {vm.pid, 2000 + static_cast<std::uint64_t>(vm.pid)}; }
    Liveness judge() { return liveness(world.host, lease); }
};
constexpr std::array up{LeaseState::preparing, LeaseState::prepared, LeaseState::starting};
} // namespace

TEST_CASE("a VM counts as starting while the daemon that began the start lives, for at most ten minutes") {
    for (const auto state : up) {
        Stage stage(state);
        CHECK(stage.judge() == Liveness::live);
        stage.world.host.sleep(599s);
        CHECK(stage.judge() == Liveness::live);
        stage.world.host.sleep(1s);
        CHECK(stage.judge() == Liveness::dead);
    }
}

TEST_CASE("a start whose daemon died or was replaced is dead") {
    for (const auto state : up) {
        Stage stage(state);
        stage.world.libvirt.kill_daemon();
        CHECK(stage.judge() == Liveness::dead);
        stage.world.libvirt.restart_daemon();
        stage.lease.daemon.start_time = 999; // the number was reused
        CHECK(stage.judge() == Liveness::dead);
    }
}

TEST_CASE("a step of the wall clock neither ends a start nor keeps it alive") {
    for (const std::int64_t step : {-86'400, 86'400})
        for (const auto state : up) {
            Stage stage(state);
            stage.lease.since = stage.world.host.wall_clock() + step;
            CHECK(stage.judge() == Liveness::live);
            stage.world.host.sleep(600s);
            CHECK(stage.judge() == Liveness::dead);
        }
}

TEST_CASE(
    "a start by a caller that has no name of libvirt counts as live for ten minutes, and then as unknown") {
    for (const auto state : up) {
        Stage stage(state);
        stage.lease.daemon = {4321, 0}; // a script that called the hook, and may have ended
        CHECK(stage.judge() == Liveness::live);
        stage.world.host.sleep(599s);
        CHECK(stage.judge() == Liveness::live);
        stage.world.host.sleep(1s);
        CHECK(stage.judge() == Liveness::unknown);
    }
}

TEST_CASE("a QEMU in libvirt's files is live, whatever happened to the daemon and the time") {
    for (const auto state : up) {
        Stage stage(state);
        stage.launch();
        stage.world.libvirt.kill_daemon();
        stage.world.host.sleep(3600s);
        CHECK(stage.judge() == Liveness::live);
    }
}

TEST_CASE("a pid file without the status file of this uuid is no sign of life, nor is the reverse") {
    Stage stage;
    stage.launch();
    stage.world.libvirt.kill_daemon();
    auto files = stage.world.host.files;
    // undefined, defined again and started
    stage.world.host.files["/run/libvirt/qemu/vm1.xml"] = "<uuid>another</uuid>";
    CHECK(stage.judge() == Liveness::dead);
    stage.world.host.files = files;
    stage.world.host.files["/run/libvirt/qemu/vm1.pid"] = "4999\n";
    CHECK(stage.judge() == Liveness::dead);
    stage.world.host.files = files;
    CHECK(stage.judge() == Liveness::live);
}

TEST_CASE("a VM whose QEMU was seen lives as long as that process") {
    for (const auto state : {LeaseState::starting, LeaseState::running, LeaseState::ending}) {
        Stage stage(state);
        stage.launch();
        stage.know_qemu();
        stage.world.libvirt.kill_daemon();
        CHECK(stage.judge() == Liveness::live);
        ++stage.lease.qemu.start_time;
        CHECK(stage.judge() == Liveness::dead);
        --stage.lease.qemu.start_time;
        stage.world.libvirt.quit(stage.vm);
        stage.world.libvirt.restart_daemon();
        CHECK(stage.judge() == Liveness::dead);
    }
}

TEST_CASE("a running VM whose QEMU was never seen is unknown") {
    for (const auto state : {LeaseState::running, LeaseState::ending}) {
        Stage stage(state);
        CHECK(stage.judge() == Liveness::unknown);
        stage.world.libvirt.kill_daemon();
        CHECK(stage.judge() == Liveness::unknown);
        stage.launch();
        CHECK(stage.judge() == Liveness::live);
    }
}

TEST_CASE("a start without a known daemon is unknown") {
    for (const auto state : up) {
        Stage stage(state);
        stage.lease.daemon = {};
        CHECK(stage.judge() == Liveness::unknown);
        stage.launch();
        CHECK(stage.judge() == Liveness::live);
    }
}

TEST_CASE("a lease that is being released is dead, even while its QEMU still exits") {
    Stage stage(LeaseState::releasing);
    stage.launch();
    stage.know_qemu();
    CHECK(stage.judge() == Liveness::dead);
}

TEST_CASE("a VM that cannot be checked does not count as dead") {
    for (const bool known : {false, true})
        for (const int error : {EIO, EACCES}) {
            Stage stage(LeaseState::starting);
            stage.launch();
            if (known) stage.know_qemu();
            FaultyHost counter(stage.world.host, FaultyHost::Fault::none, 0);
            CHECK(liveness(counter, stage.lease) == Liveness::live);
            stage.world.libvirt.quit(stage.vm);
            for (unsigned at = 1; at <= counter.accesses(); ++at) {
                FaultyHost faulty(stage.world.host, FaultyHost::Fault::fail, at, error);
                CHECK(liveness(faulty, stage.lease) != Liveness::unknown);
            }
            FaultyHost faulty(stage.world.host, FaultyHost::Fault::fail, 1, error);
            CHECK(liveness(faulty, stage.lease) == Liveness::live);
        }
}

TEST_CASE("a uuid is running if a domain of libvirt runs with it") {
    Stage stage;
    CHECK_FALSE(is_running(stage.world.host, stage.vm.uuid)); // libvirt's directory does not exist yet
    stage.launch();
    CHECK(is_running(stage.world.host, stage.vm.uuid));
    CHECK_FALSE(is_running(stage.world.host, make_vm(2, 0).uuid));
    CHECK_FALSE(is_running(stage.world.host, ""));
    stage.world.host.files["/run/libvirt/qemu/README"] = "<uuid>" + make_vm(2, 0).uuid + "</uuid>";
    stage.world.host.files["/run/libvirt/qemu/.xml"] = "";
    CHECK_FALSE(is_running(stage.world.host, make_vm(2, 0).uuid));
    // a crash that libvirt has not noticed
    stage.world.host.files.erase("/proc/" + std::to_string(stage.vm.pid) + "/stat");
    CHECK_FALSE(is_running(stage.world.host, stage.vm.uuid));
}

TEST_CASE("a uuid counts as running if that cannot be checked") {
    Stage stage;
    stage.launch();
    const std::string other = make_vm(2, 0).uuid;
    FaultyHost counter(stage.world.host, FaultyHost::Fault::none, 0);
    CHECK_FALSE(is_running(counter, other));
    for (unsigned at = 1; at <= counter.accesses(); ++at) {
        FaultyHost faulty(stage.world.host, FaultyHost::Fault::fail, at, EIO);
        CHECK(is_running(faulty, other));
    }
}
