// A policy's programs during a VM's life: run once, undone at least once, never forgotten.
#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/faulty_host.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string head = "version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n";

/// One [[command]] that touches a file named after `at`; rm is its undo.
std::string quiet(const std::string& at, const std::string& more = {}) {
    return "[[command]]\nat = \"" + at + "\"\nrun = [\"/usr/bin/touch\", \"/run/" + at +
           "\"]\nundo = [\"/usr/bin/rm\", \"/run/" + at + "\"]\n" + more;
}

struct CommandWorld : World {
    explicit CommandWorld(const std::string& commands) : World(head + commands) { pool(1).persistent = 128; }

    /// The lines of all programs run since the last call.
    std::vector<std::string> runs() {
        std::vector<std::string> lines;
        for (const auto& program : host.programs)
            lines.push_back(program.words.front().substr(9) +
                            (program.words.size() > 1 ? " " + program.words.back() : ""));
        host.programs.clear();
        return lines;
    }

    bool has(const std::string& name) { return host.files.contains("/run/" + name); }
};

using Lines = std::vector<std::string>;

bool reports(const HookOutcome& outcome, Severity severity, const std::string& text) {
    return std::any_of(outcome.report.entries.begin(), outcome.report.entries.end(), [&](const auto& entry) {
        return entry.severity == severity && entry.message.find(text) != std::string::npos;
    });
}
} // namespace

TEST_CASE("each command runs in its phase, once, and is undone in reverse order at release") {
    CommandWorld world(quiet("prepare") + quiet("start") + quiet("started"));
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    CHECK(world.runs() == Lines{"touch /run/prepare"});
    REQUIRE(world.libvirt.call(vm, Step::start).code == ExitCode::done);
    CHECK(world.runs() == Lines{"touch /run/start"});
    REQUIRE(world.libvirt.launch(vm));
    world.libvirt.call(vm, Step::started);
    CHECK(world.runs() == Lines{"touch /run/started"});
    world.libvirt.call(world.host, vm, "reconnect", "begin");
    CHECK(world.runs() == Lines{});
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.quit(vm);
    world.libvirt.call(vm, Step::stopped);
    CHECK(world.runs() == Lines{});
    world.libvirt.call(vm, Step::release);
    CHECK(world.runs() == Lines{"rm /run/started", "rm /run/start", "rm /run/prepare"});
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a command gets the VM's name and UUID, also for its undo, even without the policy") {
    CommandWorld world(quiet("start", "deadline = \"3s\"\n"));
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    world.host.files.erase(World::policy_file);
    world.libvirt.bring_down(world.host, vm);
    REQUIRE(world.host.programs.size() == 2);
    for (const auto& program : world.host.programs) {
        CHECK(program.environment == Lines{"HOSTLEASE_DOMAIN=vm1", "HOSTLEASE_UUID=" + vm.uuid});
        CHECK(program.deadline == std::chrono::seconds(3));
    }
    CHECK_FALSE(world.has("start"));
}

TEST_CASE("with an edited policy, the program that was run is undone, not the edited one") {
    CommandWorld world(quiet("start"));
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    world.host.files[World::policy_file] = head + "[[command]]\nrun = [\"/usr/bin/true\"]\n";
    world.runs();
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.runs() == Lines{"rm /run/start"});
}

TEST_CASE("two VMs with the same command each run and undo their own") {
    CommandWorld world(quiet("start"));
    FakeVm one = make_vm(1, 64);
    FakeVm two = make_vm(2, 32);
    REQUIRE(world.libvirt.bring_up(world.host, one));
    REQUIRE(world.libvirt.bring_up(world.host, two));
    CHECK(world.runs() == Lines{"touch /run/start", "touch /run/start"});
    world.libvirt.bring_down(world.host, one);
    CHECK(world.runs() == Lines{"rm /run/start"});
    world.libvirt.bring_down(world.host, two);
    CHECK(world.runs() == Lines{"rm /run/start"});
}

TEST_CASE("a failing command is undone at once, reported once and not tried again; the VM starts") {
    CommandWorld world("[[command]]\nrun = [\"/usr/bin/false\"]\nundo = [\"/usr/bin/rm\", \"/run/x\"]\n");
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    const auto outcome = world.libvirt.call(vm, Step::start);
    CHECK(outcome.code == ExitCode::done);
    CHECK(reports(outcome, Severity::error, "/usr/bin/false ended with status 1"));
    CHECK(world.runs() == Lines{"false", "rm /run/x"});
    FakeVm other = make_vm(2, 32);
    world.host.files[World::policy_file] = head;
    REQUIRE(world.libvirt.bring_up(world.host, other));
    world.libvirt.bring_down(world.host, other);
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.runs() == Lines{});
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a required command that fails refuses the start and undoes everything") {
    for (const std::string at : {"prepare", "start"}) {
        CAPTURE(at);
        CommandWorld world(quiet(at) + "[memory]\nswappiness = 10\n[[command]]\nat = \"" + at +
                           "\"\nrun = [\"/usr/bin/false\"]\nenforce = \"required\"\n");
        FakeVm vm = make_vm(1, 64);
        const auto before = world.host.snapshot();
        const auto prepared = world.libvirt.call(vm, Step::prepare);
        CHECK((prepared.code == ExitCode::done) == (at == "start"));
        const auto outcome = at == "start" ? world.libvirt.call(vm, Step::start) : prepared;
        CHECK(outcome.code != ExitCode::done);
        CHECK(outcome.reason.find("/usr/bin/false ended with status 1") != std::string::npos);
        CHECK(world.runs() == Lines{"touch /run/" + at, "false", "rm /run/" + at});
        CHECK(difference(before, world.host.snapshot()) == "");
        CHECK(world.ledger().leases.empty());
    }
}

TEST_CASE("a failing undo is reported and does not block later calls") {
    CommandWorld world("[[command]]\nrun = [\"/usr/bin/true\"]\nundo = [\"/usr/bin/false\"]\n");
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    world.libvirt.quit(vm);
    const auto outcome = world.libvirt.call(vm, Step::release);
    CHECK(reports(outcome, Severity::error, "the undo of /usr/bin/true: /usr/bin/false ended with status 1"));
    CHECK(world.runs() == Lines{"true", "false"});
    CHECK_FALSE(world.ledger().has_records());
    CHECK(world.ledger().leases.empty());
}

TEST_CASE("killed at any access of start or release, the next reconcile undoes all that may have run") {
    for (const bool at_release : {false, true}) {
        for (unsigned access = 1; access < 200; ++access) {
            CAPTURE(access);
            CommandWorld world(quiet("start"));
            FakeVm vm = make_vm(1, 64);
            REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
            if (at_release) REQUIRE(world.libvirt.call(vm, Step::start).code == ExitCode::done);
            FaultyHost faulty(world.host, FaultyHost::Fault::die_after, access);
            bool died = false;
            try {
                world.libvirt.call(faulty, vm, at_release ? Step::release : Step::start);
            } catch (const Died&) {
                died = true;
            }
            if (!died) {
                CHECK(access > 5); // the loop has covered every access
                break;
            }
            world.libvirt.kill_daemon();
            Call call;
            CHECK(reconcile(world.host, call));
            CHECK_FALSE(world.has("start"));
            CHECK_FALSE(world.ledger().has_records());
        }
    }
}

TEST_CASE("an interrupted command of a running VM counts as run, and is undone at release") {
    for (unsigned access = 1; access < 200; ++access) {
        CommandWorld world(quiet("started"));
        FakeVm vm = make_vm(1, 64);
        REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
        REQUIRE(world.libvirt.call(vm, Step::start).code == ExitCode::done);
        REQUIRE(world.libvirt.launch(vm));
        FaultyHost faulty(world.host, FaultyHost::Fault::die_after, access);
        CHECK_THROWS_AS(world.libvirt.call(faulty, vm, Step::started), const Died&);
        if (!world.has("started")) continue; // killed before the program ran
        CHECK_FALSE(verify(world.host, world.ledger()).empty());
        world.runs();
        const auto outcome = world.libvirt.call(world.host, vm, "reconnect", "begin");
        CHECK(reports(outcome, Severity::warning, "hostlease assumes that it ran"));
        CHECK(world.runs() == Lines{});
        CHECK(verify(world.host, world.ledger()).empty());
        world.libvirt.bring_down(world.host, vm);
        CHECK(world.runs() == Lines{"rm /run/started"});
        return;
    }
    FAIL("it never ran");
}

TEST_CASE("a program that others could change is not run: a warning, or no start if it is required") {
    for (const bool required : {false, true}) {
        CommandWorld world(quiet("start", required ? "enforce = \"required\"\n" : ""));
        world.host.statuses["/usr/bin/rm"].mode = 0775; // the program of the undo
        FakeVm vm = make_vm(1, 64);
        const auto outcome = world.libvirt.call(vm, Step::prepare);
        CHECK((outcome.code == ExitCode::done) == !required);
        const std::string why = "hostlease does not run this command: /usr/bin/rm may be written by others";
        CHECK((required ? outcome.reason.find(why) != std::string::npos
                        : reports(outcome, Severity::warning, why)));
        world.libvirt.call(vm, Step::start);
        CHECK(world.runs() == Lines{});
    }
}

TEST_CASE("a program that was sound at prepare is looked at once more before it runs") {
    CommandWorld world(quiet("start"));
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    world.host.statuses["/usr/bin/touch"].owner = 1000;
    CHECK(
        reports(world.libvirt.call(vm, Step::start), Severity::error, "/usr/bin/touch belongs to user 1000"));
    CHECK_FALSE(world.has("start"));
}
