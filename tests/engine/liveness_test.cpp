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

TEST_CASE("a start is under way as long as the daemon that began it lives, for ten minutes at most") {
    for (const auto state : up) {
        Stage stage(state);
        CHECK(stage.judge() == Liveness::live);
        stage.world.host.sleep(599s);
        CHECK(stage.judge() == Liveness::live);
        stage.world.host.sleep(1s);
        CHECK(stage.judge() == Liveness::dead);
    }
}

TEST_CASE("a start whose daemon died or is another now is dead") {
    for (const auto state : up) {
        Stage stage(state);
        stage.world.libvirt.kill_daemon();
        CHECK(stage.judge() == Liveness::dead);
        stage.world.libvirt.restart_daemon();
        stage.lease.daemon.start_time = 999; // the number was reused
        CHECK(stage.judge() == Liveness::dead);
    }
}

TEST_CASE("a step of the wall clock ends no start and keeps none alive") {
    for (const std::int64_t step : {-86'400, 86'400})
        for (const auto state : up) {
            Stage stage(state);
            stage.lease.since = stage.world.host.wall_clock() + step;
            CHECK(stage.judge() == Liveness::live);
            stage.world.host.sleep(600s);
            CHECK(stage.judge() == Liveness::dead);
        }
}

TEST_CASE("a start by a caller that no name of libvirt's is known of is under way for ten minutes, and "
          "unknown then") {
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

TEST_CASE("a QEMU that libvirt knows of lives, whatever became of the daemon and of the time") {
    for (const auto state : up) {
        Stage stage(state);
        stage.launch();
        stage.world.libvirt.kill_daemon();
        stage.world.host.sleep(3600s);
        CHECK(stage.judge() == Liveness::live);
    }
}

TEST_CASE("a pid file without the status file of this uuid is no sign of life, nor the other way round") {
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

TEST_CASE("a VM whose QEMU was seen lives as long as that very process") {
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

TEST_CASE("a VM that ran, whose QEMU nobody has ever seen, is unknown") {
    for (const auto state : {LeaseState::running, LeaseState::ending}) {
        Stage stage(state);
        CHECK(stage.judge() == Liveness::unknown);
        stage.world.libvirt.kill_daemon();
        CHECK(stage.judge() == Liveness::unknown);
        stage.launch();
        CHECK(stage.judge() == Liveness::live);
    }
}

TEST_CASE("a start that no daemon is known of is unknown") {
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

TEST_CASE("what cannot be looked at is not taken for dead") {
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

TEST_CASE("a uuid runs when some domain of libvirt's runs under it") {
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

TEST_CASE("a uuid is taken to run where that cannot be looked at") {
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
