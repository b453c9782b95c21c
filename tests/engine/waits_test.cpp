// What a call waits for, how long it waits, and what other calls may do meanwhile.
#include "engine/apply.hpp"
#include "engine/operations.hpp"
#include "engine/policy_store.hpp"
#include "engine/verify.hpp"
#include "read/domain_xml.hpp"
#include "support/faulty_host.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;
using namespace std::chrono_literals;

namespace {
/// Something that another call does while a release waits for the pages of a slowly exiting QEMU.
struct Meanwhile {
    const char* name;
    void (*act)(World& world, FakeVm& ending, FakeVm& other);
    bool other_is_up = false; // before the wait
};

const Meanwhile meanwhile[] = {
    {"nothing", [](World&, FakeVm&, FakeVm&) {}},
    {"another VM starts",
     [](World& world, FakeVm&, FakeVm& other) { CHECK(world.libvirt.bring_up(world.host, other)); }},
    {"another VM is prepared",
     [](World& world, FakeVm&, FakeVm& other) {
         CHECK(world.libvirt.call(other, Step::prepare).code == ExitCode::done);
     }},
    {"another VM stops",
     [](World& world, FakeVm&, FakeVm& other) { world.libvirt.bring_down(world.host, other); }, true},
    {"an admin releases the same VM",
     [](World& world, FakeVm& ending, FakeVm&) {
         Call call;
         CHECK(release_lease(world.host, ending.uuid, call));
     }},
    {"a reconcile",
     [](World& world, FakeVm&, FakeVm&) {
         Call call;
         CHECK(reconcile(world.host, call));
     },
     true},
};

bool says(const Report& report, const std::string& text) {
    return std::any_of(report.entries.begin(), report.entries.end(),
                       [&](const auto& entry) { return entry.message.find(text) != std::string::npos; });
}

const std::string started_policy =
    "version = 1\n[match]\ndomain = \"vm*\"\n[cpus]\nisolate = \"pinned\"\nmethod = \"partition\"\n"
    "[[command]]\nat = \"started\"\nrun = [\"/usr/bin/touch\", \"/run/started\"]\n"
    "undo = [\"/usr/bin/rm\", \"/run/started\"]\n";

/// A running VM whose call `started` was missed.
struct MissedStart : World {
    FakeVm vm = make_vm(1, 16);

    MissedStart() : World(started_policy) {
        host.partitions.enable();
        REQUIRE(libvirt.call(vm, Step::prepare).code == ExitCode::done);
        REQUIRE(libvirt.call(vm, Step::start).code == ExitCode::done);
        REQUIRE(libvirt.launch(vm));
    }

    bool is_made_up() {
        const auto leases = ledger().leases;
        const auto lease =
            std::find_if(leases.begin(), leases.end(), [&](const Lease& one) { return one.uuid == vm.uuid; });
        return lease != leases.end() && lease->state == LeaseState::running && lease->qemu.pid == vm.pid &&
               lease->isolation == Isolation::partitioned && host.files.contains("/run/started");
    }
};
} // namespace

TEST_CASE("while a release waits for QEMU's pages, other calls come through, and all ends as it began") {
    for (const auto& one : meanwhile)
        for (const bool pages_come : {true, false}) {
            CAPTURE(one.name);
            CAPTURE(pages_come);
            World world;
            world.pool(1).persistent = 100;
            const auto before = world.host.snapshot();
            FakeVm ending = make_vm(1, 512);
            FakeVm other = make_vm(2, 300);
            REQUIRE(world.libvirt.bring_up(world.host, ending));
            if (one.other_is_up) REQUIRE(world.libvirt.bring_up(world.host, other));
            bool was_let_in = false;
            world.host.on_sleep = [&] {
                was_let_in = true;
                // the releasing VM's value is already withdrawn
                CHECK(world.host.files["/proc/sys/vm/swappiness"] == (one.other_is_up ? "10\n" : "60\n"));
                one.act(world, ending, other);
                if (pages_come) world.libvirt.quit(ending);
            };
            CHECK(world.libvirt.call(ending, Step::stopped).code == ExitCode::done);
            CHECK(world.libvirt.call(ending, Step::release).code == ExitCode::done);
            CHECK(was_let_in);
            CHECK(world.ledger().find(ending.uuid) == nullptr);
            world.libvirt.quit(ending);
            if (world.ledger().find(other.uuid) != nullptr && other.pid == 0)
                CHECK(world.libvirt.launch(other));
            world.libvirt.bring_down(world.host, other);
            Call call;
            CHECK(reconcile(world.host, call));
            CHECK(difference(before, world.host.snapshot()) == "");
            CHECK_FALSE(world.ledger().has_records());
        }
}

TEST_CASE("while the kernel adds pages for one VM, others that need none start and stop") {
    World world;
    world.host.files["/etc/hostlease/vm2.toml"] =
        "version = 1\n[hugepages]\nreserve = \"leave\"\n[memory]\nswappiness = 10\n";
    world.pool(0).persistent = 16; // the pages that its QEMU maps
    const auto before = world.host.snapshot();
    FakeVm growing = make_vm(1, 512);
    FakeVm other = make_vm(2, 16, 0, "2,3");
    FakeVm running = make_vm(3, 16);
    REQUIRE(world.libvirt.bring_up(world.host, running));
    bool was_let_in = false;
    world.host.on_growth = [&] {
        was_let_in = true;
        CHECK(world.libvirt.bring_up(world.host, other));
        CHECK(world.host.files["/proc/sys/vm/swappiness"] == "10\n");
        CHECK(world.ledger().find(growing.uuid)->state == LeaseState::preparing);
        CHECK(world.libvirt.call(world.host, running, "reconnect", "begin").code == ExitCode::done);
        Call call;
        CHECK(reconcile(world.host, call)); // the growth does not count as interrupted
        CHECK(call.report.entries.empty());
        world.libvirt.bring_down(world.host, other);
    };
    REQUIRE(world.libvirt.bring_up(world.host, growing));
    CHECK(was_let_in);
    CHECK(world.pool(1).persistent == 528);
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.bring_down(world.host, running);
    CHECK(world.pool(1).persistent == 512);
    world.libvirt.bring_down(world.host, growing);
    CHECK(difference(before, world.host.snapshot()) == "");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("while the kernel removes pages after one VM, others that need none start and stop") {
    World world;
    world.host.files["/etc/hostlease/vm2.toml"] =
        "version = 1\n[hugepages]\nreserve = \"leave\"\n[memory]\nswappiness = 10\n";
    world.pool(0).persistent = 16; // the pages that its QEMU maps
    const auto before = world.host.snapshot();
    FakeVm large = make_vm(1, 512);
    FakeVm other = make_vm(2, 16, 0, "2,3");
    REQUIRE(world.libvirt.bring_up(world.host, large));
    bool was_let_in = false;
    world.host.on_shrink = [&] {
        was_let_in = true;
        CHECK(world.libvirt.bring_up(world.host, other));
        CHECK(world.host.files["/proc/sys/vm/swappiness"] == "10\n");
        CHECK(world.libvirt.call(world.host, other, "reconnect", "begin").code == ExitCode::done);
    };
    world.libvirt.bring_down(world.host, large);
    CHECK(was_let_in);
    CHECK(world.pool(1).persistent == 0);
    CHECK(world.ledger().leases.size() == 1);
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.bring_down(world.host, other);
    CHECK(difference(before, world.host.snapshot()) == "");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a release that cannot lock again after the pages were removed leaves the rest to the next call") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm vm = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    world.libvirt.quit(vm);
    std::unique_ptr<HostLock> taken;
    world.host.on_shrink = [&] { taken = std::move(world.host.lock(Ledger::directory, 0us).value()); };
    const auto outcome = world.libvirt.call(vm, Step::release);
    CHECK(outcome.code == ExitCode::failed);
    CHECK(says(outcome.report, "has held the lock"));
    CHECK(world.pool(1).persistent == 0);
    taken.reset();
    Call call;
    CHECK(reconcile(world.host, call));
    CHECK(difference(before, world.host.snapshot()) == "");
    CHECK(world.ledger().leases.empty());
}

TEST_CASE("a release while the kernel removes pages for another one does not wait, and its pages are removed "
          "as well") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm one = make_vm(1, 512);
    FakeVm two = make_vm(2, 256, 1, "6,7");
    REQUIRE(world.libvirt.bring_up(world.host, one));
    REQUIRE(world.libvirt.bring_up(world.host, two));
    world.host.on_shrink = [&] {
        const auto began = world.host.now();
        world.libvirt.bring_down(world.host, two);
        CHECK(world.host.now() - began < 1s);
        CHECK(world.ledger().find(two.uuid) == nullptr);
    };
    world.libvirt.bring_down(world.host, one);
    CHECK(difference(before, world.host.snapshot()) == "");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a release while the kernel adds pages for another one does not wait, and its pages are removed "
          "after that") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm growing = make_vm(1, 512);
    FakeVm ending = make_vm(2, 256, 1, "6,7");
    REQUIRE(world.libvirt.bring_up(world.host, ending));
    world.host.on_growth = [&] {
        const auto began = world.host.now();
        world.libvirt.bring_down(world.host, ending);
        CHECK(world.host.now() - began < 1s);
    };
    REQUIRE(world.libvirt.bring_up(world.host, growing));
    CHECK(world.pool(1).persistent == 512);
    world.libvirt.bring_down(world.host, growing);
    CHECK(difference(before, world.host.snapshot()) == "");
}

TEST_CASE("a lease whose end cannot be saved is released without letting other calls in") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm vm = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    world.libvirt.quit(vm);
    world.host.replace_errors["/run/hostlease/lease-" + vm.uuid + ".toml"] = ENOSPC;
    bool was_let_in = false;
    world.host.on_shrink = [&] { was_let_in = world.host.lock(Ledger::directory, 0us).has_value(); };
    world.libvirt.call(vm, Step::release);
    CHECK_FALSE(was_let_in);
    world.host.replace_errors.clear();
    CHECK(difference(before, world.host.snapshot()) == "");
}

TEST_CASE("a call that has the ledger or waits for it has precedence, but not while it changes the host") {
    World world("version = 1\n[match]\ndomain = \"vm*\"\n[memory]\nswappiness = 10\n[[command]]\nrun = "
                "[\"/usr/bin/touch\", "
                "\"/run/1\"]\nundo = [\"/usr/bin/rm\", \"/run/1\"]\n");
    FakeVm vm = make_vm(1, 512);
    bool has_precedence = true;
    const auto look = [&] { has_precedence = world.host.has_precedence; };
    world.host.on_growth = look;
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK_FALSE(has_precedence);
    has_precedence = true;
    world.host.on_shrink = look;
    world.host.on_wait = [&](const std::string&) { CHECK_FALSE(world.host.has_precedence); };
    world.libvirt.bring_down(world.host, vm);
    CHECK_FALSE(has_precedence);
    CHECK(std::ranges::count(world.host.writes, "/proc/sys/vm/swappiness=10") == 1);
    CHECK(world.host.written_with_precedence == std::vector<std::string>{});
    const auto& without = world.host.locked_without_precedence; // locks that others do not wait for
    CHECK(std::ranges::count(without, std::string(Ledger::directory)) == 0);
    CHECK(std::ranges::count(without, std::string(Ledger::pools_directory)) > 0);
    CHECK_FALSE(world.host.has_precedence);
}

TEST_CASE("a VM whose lease is released while its pages are added does not start, and keeps none") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm vm = make_vm(1, 512);
    world.host.on_growth = [&] {
        Call call;
        const auto released = release_lease(world.host, vm.uuid, call); // the pools are locked
        REQUIRE_FALSE(released);
        CHECK(released.error().kind == ErrorKind::busy);
    };
    const auto outcome = world.libvirt.call(vm, Step::prepare);
    CHECK(outcome.code == ExitCode::failed);
    CHECK(outcome.reason.find("was released while its huge pages were being reserved") != std::string::npos);
    CHECK(difference(before, world.host.snapshot()) == "");
    CHECK(world.ledger().leases.empty());
}

TEST_CASE("killed while pages are added: the next call records them and removes them") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm vm = make_vm(1, 512);
    FaultyHost faulty(world.host, FaultyHost::Fault::die_after, 0);
    faulty.at_change_of("/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages");
    CHECK_THROWS_AS(world.libvirt.call(faulty, vm, Step::prepare), Died);
    CHECK(world.pool(1).persistent == 512);
    world.libvirt.kill_daemon();
    Call call;
    CHECK(reconcile(world.host, call));
    CHECK(difference(before, world.host.snapshot()) == "");
}

TEST_CASE("a VM that starts again while a reconcile releases its old lease keeps the new one") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm vm = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    world.libvirt.kill_daemon();
    FakeVm old = vm;
    vm.mapped.clear(); // its pages become free late
    world.libvirt.quit(vm);
    world.libvirt.restart_daemon();
    world.host.on_sleep = [&] {
        CHECK(world.libvirt.bring_up(world.host, vm));
        old.pid = 0;
        world.libvirt.quit(old);
    };
    Call call;
    CHECK(reconcile(world.host, call));
    REQUIRE(world.ledger().leases.size() == 1);
    CHECK(world.ledger().leases.front().state == LeaseState::running);
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.bring_down(world.host, vm);
    CHECK(difference(before, world.host.snapshot()) == "");
}

TEST_CASE("a release that cannot lock again leaves the pages on record for the next call") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm vm = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    std::unique_ptr<HostLock> taken;
    world.host.on_sleep = [&] {
        world.libvirt.quit(vm);
        taken = std::move(world.host.lock(Ledger::directory, 0us).value());
    };
    const auto outcome = world.libvirt.call(vm, Step::release);
    CHECK(outcome.code == ExitCode::failed);
    CHECK(says(outcome.report, "has held the lock"));
    CHECK(world.pool(1).persistent == 512);
    taken.reset();
    Call call;
    CHECK(reconcile(world.host, call));
    CHECK(difference(before, world.host.snapshot()) == "");
}

TEST_CASE("a call ends after a minute: what it has no time for is reported, and the next call does it") {
    World world("version = 1\n[match]\ndomain = \"vm*\"\n[hugepages]\nreserve = \"leave\"\n");
    for (const std::string number : {"1", "2", "3", "4"})
        world.host.files[World::policy_file] += "[[command]]\nrun = [\"/usr/bin/touch\", \"/run/" + number +
                                                "\"]\nundo = [\"/usr/bin/rm\", \"/run/" + number +
                                                "\"]\ndeadline = \"30s\"\n";
    world.pool(1).persistent = 16;
    FakeVm vm = make_vm(1, 16);
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    world.host.program_time = 25s;
    const auto began = world.host.now();
    const auto outcome = world.libvirt.call(vm, Step::start);
    CHECK(outcome.code == ExitCode::done);
    CHECK(world.host.now() - began == 60s);
    CHECK(says(outcome.report, "/usr/bin/touch was ended at its deadline"));
    CHECK(says(outcome.report, "no time is left for /usr/bin/touch"));
    CHECK_FALSE(world.host.files.contains("/run/4"));
    world.host.program_time = 0s;
    Call call;
    CHECK(reconcile(world.host, call));
    CHECK(world.host.files.contains("/run/4"));
    world.libvirt.bring_down(world.host, vm);
    for (const std::string number : {"1", "2", "3", "4"})
        CHECK_FALSE(world.host.files.contains("/run/" + number));
}

TEST_CASE("a required claim without time left refuses the start in one line, and nothing is held") {
    World world("version = 1\n[match]\ndomain = \"vm*\"\n[hugepages]\nreserve = \"leave\"\n"
                "[[command]]\nrun = [\"/usr/bin/touch\", \"/run/1\"]\nundo = [\"/usr/bin/rm\", "
                "\"/run/1\"]\ndeadline = \"30s\"\n"
                "[[command]]\nrun = [\"/usr/bin/touch\", \"/run/2\"]\nundo = [\"/usr/bin/rm\", "
                "\"/run/2\"]\ndeadline = \"30s\"\n"
                "[[command]]\nrun = [\"/usr/bin/touch\", \"/run/3\"]\nenforce = \"required\"\n");
    world.pool(1).persistent = 16;
    FakeVm vm = make_vm(1, 16);
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    world.host.program_time = 30s;
    const auto outcome = world.libvirt.call(vm, Step::start);
    CHECK(outcome.code == ExitCode::failed);
    CHECK(outcome.reason.find("no time is left for /usr/bin/touch: a call of libvirt's ends after 60s") !=
          std::string::npos);
    world.host.program_time = 0s;
    world.libvirt.call(vm, Step::release);
    Call call;
    CHECK(reconcile(world.host, call));
    CHECK_FALSE(world.ledger().has_records());
    for (const std::string number : {"1", "2", "3"})
        CHECK_FALSE(world.host.files.contains("/run/" + number));
}

TEST_CASE("the work of a missed `started` is done by the next call, of any VM") {
    using Act = void (*)(MissedStart& world);
    const Act acts[] = {
        [](MissedStart& world) {
            const auto domain = read_domain_xml(world.vm.xml(), "vm.xml").value();
            Diagnostics warnings;
            Call call;
            const auto policy =
                policy_for(world.host, read_policy_heads(world.host), domain, warnings).value().value();
            static_cast<void>(apply_policy(world.host, domain, policy, call));
        },
        [](MissedStart& world) {
            Call call;
            CHECK(reconcile(world.host, call));
        },
        [](MissedStart& world) {
            CHECK(world.libvirt.call(make_vm(2, 16, 0, "2,3"), Step::prepare).code == ExitCode::done);
        },
        [](MissedStart& world) {
            FakeVm other = make_vm(2, 16, 0, "2,3");
            REQUIRE(world.libvirt.call(other, Step::prepare).code == ExitCode::done);
            world.libvirt.call(other, Step::release);
        },
    };
    for (const Act act : acts) {
        MissedStart world;
        act(world); // libvirt's status says that the VM is still starting
        CHECK_FALSE(world.is_made_up());
        world.libvirt.finish_start(world.vm);
        act(world);
        CHECK(world.is_made_up());
        world.libvirt.bring_down(world.host, world.vm);
        CHECK_FALSE(world.host.files.contains("/run/started"));
        CHECK(world.ledger().find(world.vm.uuid) == nullptr);
    }
}

TEST_CASE("verify reports a running VM whose `started` was missed") {
    MissedStart world;
    CHECK(verify(world.host, world.ledger()).empty()); // the VM is still starting
    world.libvirt.finish_start(world.vm);
    const auto findings = verify(world.host, world.ledger());
    REQUIRE(findings.size() == 1);
    CHECK(findings.front().what.find("VM 'vm1' runs") != std::string::npos);
    Call call;
    CHECK(reconcile(world.host, call));
    CHECK(world.is_made_up());
    CHECK(verify(world.host, world.ledger()).empty());
}

TEST_CASE("an admin's release is refused while the VM runs, and while its start is under way") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm vm = make_vm(1, 16);
    Call call;
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    CHECK(release_stopped_lease(world.host, vm.uuid, call).error().kind == ErrorKind::refused);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    const auto refused = release_stopped_lease(world.host, vm.uuid, call);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text() == "VM 'vm1' is running (stop the VM first, or use --force)");
    CHECK(world.ledger().leases.size() == 1);
    world.libvirt.quit(vm);
    CHECK(release_stopped_lease(world.host, vm.uuid, call));
    CHECK(difference(before, world.host.snapshot()) == "");
}
