// The scheduler of a disk, and the settings that a switch resets.
#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string queue = "/sys/block/sda/queue/";
const std::string policy =
    "version = 1\n[match]\ndomain = \"vm*\"\n[hugepages]\nreserve = \"leave\"\n[storage]\n"
    "scheduler = \"none\"\nenforce = \"required\"\n";

struct DiskWorld : World {
    FakeVm vm = make_vm(1, 64);

    explicit DiskWorld(const std::string& text = policy) : World(text) {
        pool(1).persistent = 128;
        host.files[queue + "nr_requests"] = "1023\n";
        host.files[queue + "wbt_lat_usec"] = "2000\n";
        host.files[queue + "iosched/read_expire"] = "100\n";
    }
};
} // namespace

TEST_CASE("a disk gets its scheduler back, and then the settings that the switch reset") {
    DiskWorld world;
    const auto before = world.host.snapshot();
    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    CHECK(world.host.files[queue + "scheduler"] == "[none] mq-deadline kyber bfq\n");
    CHECK(world.host.files[queue + "nr_requests"] == "256\n");
    CHECK(verify(world.host, world.ledger()).empty());
    world.host.writes.clear();
    world.libvirt.bring_down(world.host, world.vm);
    CHECK(world.host.writes ==
          std::vector<std::string>{queue + "scheduler=mq-deadline", queue + "wbt_lat_usec=2000",
                                   queue + "nr_requests=1023", queue + "iosched/read_expire=100",
                                   queue + "iosched/async_depth=192"});
    CHECK(difference(before, world.host.snapshot()) == "");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("the other settings of a leased queue are the admin's, and stay; another scheduler is drift") {
    DiskWorld world;
    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    world.host.files[queue + "nr_requests"] = "32\n";
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.bring_down(world.host, world.vm);
    CHECK(world.host.files[queue + "scheduler"] == "none [mq-deadline] kyber bfq\n");
    CHECK(world.host.files[queue + "nr_requests"] == "32\n");
    CHECK(world.host.files[queue + "iosched/read_expire"] == "100\n");

    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    world.host.files[queue + "scheduler"] = "none mq-deadline kyber [bfq]\n";
    CHECK(verify(world.host, world.ledger()).size() == 1);
    world.libvirt.bring_down(world.host, world.vm);
    CHECK(world.host.files[queue + "scheduler"] == "none mq-deadline kyber [bfq]\n");
}

TEST_CASE("a queue that is being changed is tried again for a limited time") {
    DiskWorld world;
    world.host.busy_queue = 4;
    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    CHECK(world.host.files[queue + "scheduler"] == "[none] mq-deadline kyber bfq\n");
    world.libvirt.bring_down(world.host, world.vm);
    world.host.busy_queue = 1000;
    CHECK_FALSE(world.libvirt.bring_up(world.host, world.vm));
}

TEST_CASE("a disk that was removed before the write: its VM starts with a warning, or not if the policy "
          "requires the scheduler") {
    for (const bool required : {true, false}) {
        DiskWorld world(required ? policy : policy.substr(0, policy.find("enforce")));
        REQUIRE(world.libvirt.call(world.vm, Step::prepare).code == ExitCode::done);
        std::erase_if(world.host.files,
                      [](const auto& file) { return file.first.starts_with("/sys/block/sda/"); });
        CHECK((world.libvirt.call(world.vm, Step::start).code == ExitCode::done) == !required);
        if (required) continue;
        REQUIRE(world.libvirt.launch(world.vm));
        world.libvirt.call(world.vm, Step::started);
        Call call;
        CHECK(reconcile(world.host, call));
        REQUIRE(call.report.entries.size() == 1);
        CHECK(call.report.entries.front().message.find("scheduler no longer exists although a VM holds it") !=
              std::string::npos);
        world.libvirt.bring_down(world.host, world.vm);
        CHECK(world.ledger().leases.empty());
    }
}

TEST_CASE("a removed disk does not have to be restored") {
    DiskWorld world;
    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    std::erase_if(world.host.files,
                  [](const auto& file) { return file.first.starts_with("/sys/block/sda/"); });
    world.libvirt.bring_down(world.host, world.vm);
    CHECK_FALSE(world.ledger().has_records());
}
