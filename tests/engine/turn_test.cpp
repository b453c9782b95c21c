// What other calls do while one call waits for another program: systemd, irqbalance, an admin's command.
#include "engine/apply.hpp"
#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/faulty_host.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;
using namespace std::chrono_literals;

namespace {
/// vm1 claims everything that waits; vm2 claims none of it, vm3 the same as vm1.
struct WaitingWorld : World {
    FakeVm waiting = make_vm(1, 16);
    FakeVm other = make_vm(2, 16, 0, "2,3");
    FakeVm same = make_vm(3, 16, 1, "6,7");

    WaitingWorld()
        : World(
              "version = 1\nmatch.domain = [\"vm1\", \"vm3\"]\nmemory.swappiness = 10\ninhibit_sleep = true\n"
              "cpus.isolate = \"pinned\"\nirqs.affinity = \"housekeeping\"\n"
              "[[command]]\nrun = [\"/usr/bin/touch\", \"/run/made\"]\nundo = [\"/usr/bin/rm\", "
              "\"/run/made\"]\n") {
        host.files["/etc/hostlease/other.toml"] =
            "version = 1\nmatch.domain = [\"vm2\"]\nmemory.ksm = \"off\"\n";
        pool(0).persistent = 64;
        pool(1).persistent = 64;
        host.start_balancer(77, {});
    }
};

struct Meanwhile {
    const char* name;
    void (*act)(WaitingWorld& world);
    bool other_is_up = false; // before the wait
    bool same_is_up = false;
};

const Meanwhile meanwhile[] = {
    {"another VM starts",
     [](WaitingWorld& world) { CHECK(world.libvirt.bring_up(world.host, world.other)); }},
    {"another VM stops", [](WaitingWorld& world) { world.libvirt.bring_down(world.host, world.other); },
     true},
    {"another VM starts and stops",
     [](WaitingWorld& world) {
         CHECK(world.libvirt.bring_up(world.host, world.other));
         world.libvirt.bring_down(world.host, world.other);
     }},
    {"a VM that shares what is waited for stops",
     [](WaitingWorld& world) { world.libvirt.bring_down(world.host, world.same); }, false, true},
    {"an admin changes another VM's value",
     [](WaitingWorld& world) { world.host.files["/sys/kernel/mm/ksm/run"] = "1\n"; }},
};

void check_all_given_back(WaitingWorld& world, const std::map<std::string, std::string>& before) {
    for (FakeVm* vm : {&world.waiting, &world.other, &world.same})
        if (vm->pid != 0) world.libvirt.bring_down(world.host, *vm);
    CHECK(world.ledger().leases.empty());
    CHECK_FALSE(world.ledger().has_records());
    CHECK(difference(before, world.host.snapshot()) == "");
}
} // namespace

TEST_CASE("while a call waits for a program, others come through at once, and all is applied and restored") {
    for (const bool at_release : {false, true})
        for (const auto& one : meanwhile)
            for (unsigned which = 0; which < 12; ++which) {
                CAPTURE(at_release);
                CAPTURE(std::string(one.name));
                CAPTURE(which);
                WaitingWorld world;
                const auto before = world.host.snapshot();
                if (one.other_is_up) REQUIRE(world.libvirt.bring_up(world.host, world.other));
                if (one.same_is_up) REQUIRE(world.libvirt.bring_up(world.host, world.same));
                if (at_release) REQUIRE(world.libvirt.bring_up(world.host, world.waiting));
                unsigned waits = 0;
                world.host.on_wait = [&](const std::string&) {
                    if (waits++ != which) return;
                    const auto began = world.host.now();
                    one.act(world);
                    CHECK(world.host.now() - began < 1s);
                };
                if (at_release)
                    world.libvirt.bring_down(world.host, world.waiting);
                else
                    REQUIRE(world.libvirt.bring_up(world.host, world.waiting));
                world.host.on_wait = {};
                CHECK(waits > 3);
                CHECK(verify(world.host, world.ledger()).empty());
                check_all_given_back(world, before);
            }
}

TEST_CASE("missed starts are made up for together, including those that come while a program is waited for") {
    for (unsigned turn = 0; turn < 8; ++turn) {
        const unsigned which = turn / 2;
        const bool has_call = turn % 2 == 1;
        CAPTURE(which);
        CAPTURE(has_call);
        WaitingWorld world;
        const auto before = world.host.snapshot();
        const auto launch = [&](FakeVm& vm) {
            REQUIRE(world.libvirt.launch(vm));
            world.libvirt.finish_start(vm);
        };
        for (FakeVm* vm : {&world.waiting, &world.same, &world.other}) {
            REQUIRE(world.libvirt.call(*vm, Step::prepare).code == ExitCode::done);
            REQUIRE(world.libvirt.call(*vm, Step::start).code == ExitCode::done);
        }
        launch(world.waiting);
        launch(world.same);
        unsigned waits = 0;
        world.host.on_wait = [&](const std::string&) {
            if (waits++ != which) return;
            launch(world.other);
            // which also does the work of the missed calls
            if (has_call) world.libvirt.call(world.other, Step::started);
        };
        Call call;
        CHECK(reconcile(world.host, call));
        world.host.on_wait = {};
        CHECK(waits > 0);
        for (const FakeVm* vm : {&world.waiting, &world.same})
            CHECK(world.ledger().find(vm->uuid)->state == LeaseState::running);
        if (waits <= which) launch(world.other);
        CHECK(reconcile(world.host, call));
        for (const auto& lease : world.ledger().leases)
            CHECK(lease.state == LeaseState::running);
        CHECK(verify(world.host, world.ledger()).empty());
        check_all_given_back(world, before);
    }
}

TEST_CASE(
    "a start with a claim that another call is applying waits for it, and reports if that takes too long") {
    WaitingWorld world;
    const auto before = world.host.snapshot();
    REQUIRE(world.libvirt.call(world.same, Step::prepare).code == ExitCode::done);
    world.host.on_wait = [&](const std::string& program) {
        if (program != "/usr/bin/touch") return;
        const auto outcome = world.libvirt.call(world.same, Step::start);
        CHECK(outcome.code == ExitCode::done); // no claim is required
        CHECK(
            std::any_of(outcome.report.entries.begin(), outcome.report.entries.end(), [](const auto& entry) {
                return entry.message.find("another VM's call waits for systemd") != std::string::npos;
            }));
    };
    REQUIRE(world.libvirt.bring_up(world.host, world.waiting));
    world.host.on_wait = {};
    REQUIRE(world.libvirt.launch(world.same));
    REQUIRE(world.libvirt.call(world.same, Step::started).code == ExitCode::done);
    CHECK(verify(world.host, world.ledger()).empty()); // done by later calls
    check_all_given_back(world, before);
}

TEST_CASE("a required claim that another call applies for too long refuses the start, and nothing is held") {
    WaitingWorld world;
    world.host.files[World::policy_file] += "enforce = \"required\"\n"; // for the command
    const auto before = world.host.snapshot();
    REQUIRE(world.libvirt.call(world.same, Step::prepare).code == ExitCode::done);
    world.host.on_wait = [&](const std::string& program) {
        if (program != "/usr/bin/touch" || world.ledger().find(world.same.uuid) == nullptr) return;
        CHECK(world.libvirt.call(world.same, Step::start).code == ExitCode::failed);
        CHECK(world.ledger().find(world.same.uuid) == nullptr);
    };
    REQUIRE(world.libvirt.bring_up(world.host, world.waiting));
    world.host.on_wait = {};
    CHECK(verify(world.host, world.ledger()).empty());
    check_all_given_back(world, before);
}

TEST_CASE(
    "a VM whose lease is released while its start waits for a program does not start, and keeps nothing") {
    WaitingWorld world;
    const auto before = world.host.snapshot();
    REQUIRE(world.libvirt.call(world.waiting, Step::prepare).code == ExitCode::done);
    bool is_released = false;
    world.host.on_wait = [&](const std::string& program) {
        if (program != "/usr/bin/touch" || std::exchange(is_released, true)) return;
        Call call;
        CHECK(release_lease(world.host, world.waiting.uuid, call));
    };
    const auto outcome = world.libvirt.call(world.waiting, Step::start);
    CHECK(is_released);
    CHECK(outcome.code == ExitCode::failed);
    CHECK(outcome.reason.find("released while it was being applied") != std::string::npos);
    world.host.on_wait = {};
    check_all_given_back(world, before);
}

TEST_CASE(
    "killed while a program is waited for: the next call, of any VM, finds the turn free and continues") {
    WaitingWorld world;
    const auto before = world.host.snapshot();
    REQUIRE(world.libvirt.call(world.waiting, Step::prepare).code == ExitCode::done);
    world.host.on_wait = [](const std::string& program) {
        if (program == "systemd") throw Died{};
    };
    CHECK_THROWS_AS(world.libvirt.call(world.waiting, Step::start), Died);
    world.host.on_wait = {};
    world.libvirt.kill_daemon();
    CHECK(world.libvirt.bring_up(world.host, world.other));
    world.libvirt.bring_down(world.host, world.other);
    Call call;
    CHECK(reconcile(world.host, call));
    check_all_given_back(world, before);
}
