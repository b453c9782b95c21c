#include "hook/hook_trial.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
using Fault = FaultyHost::Fault;

const std::vector<HookWords> other_calls{{"migrate", "begin"},
                                         {"restore", "begin"},
                                         {"attach", "begin"},
                                         {"daemon", "start"},
                                         {"", ""},
                                         {"prepare", ""},
                                         {"prepare", "end"},
                                         {"start", "end"},
                                         {"started", "end"},
                                         {"stopped", "begin"},
                                         {"release", "begin"},
                                         {"reconnect", "end"},
                                         {"Prepare", "begin"},
                                         {"prepare ", "begin"},
                                         {"prepare\n", "begin"},
                                         {"$(prepare)", "begin"},
                                         {std::string(4096, 'x'), "begin"}};
} // namespace

TEST_CASE("libvirt's calls have the documented meaning, and every other call is ignored") {
    CHECK(hook_operation("prepare", "begin") == HookOperation::prepare);
    CHECK(hook_operation("start", "begin") == HookOperation::start);
    CHECK(hook_operation("started", "begin") == HookOperation::started);
    CHECK(hook_operation("stopped", "end") == HookOperation::stopped);
    CHECK(hook_operation("release", "end") == HookOperation::release);
    CHECK(hook_operation("reconnect", "begin") == HookOperation::reconnect);
    for (const auto& call : other_calls)
        CHECK(hook_operation(call.operation, call.suboperation) == HookOperation::ignored);
}

TEST_CASE("ignored calls touch neither the host nor stdin, whatever is leased") {
    World world;
    FakeVm guest = make_vm(1, 16);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    for (const auto& call : other_calls) {
        CAPTURE(call.operation);
        const auto trial = try_call(world.host, guest.name, call, guest.xml());
        CHECK(trial.outcome.code == ExitCode::done);
        CHECK(trial.outcome.reason.empty());
        CHECK(trial.outcome.uuid.empty());
        CHECK(trial.outcome.report.entries.empty());
        CHECK(trial.accesses == 0);
        CHECK(trial.reads == 0);
    }
}

TEST_CASE("stdin is read at most once") {
    World world;
    FakeVm guest = make_vm(1, 16);
    for (const auto& call : known_calls) {
        if (call.operation == "started") REQUIRE(world.libvirt.launch(guest));
        const auto trial = try_call(world.host, guest.name, call, guest.xml());
        CHECK(trial.outcome.code == ExitCode::done);
        CHECK(trial.reads == 1);
        CHECK(trial.outcome.uuid == guest.uuid);
        CHECK(trial.outcome.reason.empty());
    }
}

TEST_CASE("without any lease, the calls after a start list one directory and read nothing") {
    World world;
    const FakeVm guest = make_vm(1, 16);
    for (const auto& call : known_calls) {
        if (call.operation == "prepare" || call.operation == "start") continue;
        CAPTURE(call.operation);
        const auto trial = try_call(world.host, guest.name, call, guest.xml());
        CHECK(trial.outcome.code == ExitCode::done);
        // release looks for half-written files as well
        CHECK(trial.accesses == (call.operation == "release" ? 2 : 1));
        CHECK(trial.reads == 0);
    }
}

TEST_CASE("on a host without policies, a start costs two accesses and no parsing") {
    World world;
    world.host.files.erase(World::policy_file);
    for (const std::string operation : {"prepare", "start"}) {
        // stdin is searched for a policy in the metadata, but not parsed
        const auto trial = try_call(world.host, "vm1", {operation, "begin"}, "no XML at all");
        CHECK(trial.outcome.code == ExitCode::done);
        CHECK(trial.outcome.report.entries.empty());
        CHECK(trial.accesses == 2);
        CHECK(trial.changes == 0);
        CHECK(trial.reads == 1);
    }
}

TEST_CASE("the XML of a VM without a policy is not parsed, and nothing is changed for the VM") {
    World world;
    for (const std::string operation : {"prepare", "start"})
        for (const auto& xml : garbage()) {
            const auto trial = try_call(world.host, "other", {operation, "begin"}, xml);
            CHECK(trial.outcome.code == ExitCode::done);
            CHECK(trial.outcome.reason.empty());
            CHECK(trial.changes == 0);
        }
    CHECK_FALSE(world.host.directories.contains("/run/hostlease"));
}

TEST_CASE("a VM without a policy starts beside another VM's lease, even with unreadable XML") {
    World world;
    FakeVm leased = make_vm(1, 16);
    REQUIRE(world.libvirt.bring_up(world.host, leased));
    const auto before = world.host.snapshot();
    for (const auto& xml : garbage()) {
        const auto trial = try_call(world.host, "other", {"start", "begin"}, xml);
        CHECK(trial.outcome.code == ExitCode::done);
        CHECK(trial.outcome.reason.empty());
    }
    FakeVm plain = make_vm(2, 16);
    plain.name = "other";
    for (const auto& call : known_calls) {
        const auto trial = try_call(world.host, plain.name, call, plain.xml());
        CHECK(trial.outcome.code == ExitCode::done);
        CHECK(trial.outcome.uuid.empty());
        CHECK(trial.changes == 0);
    }
    CHECK(world.host.snapshot() == before);
}

TEST_CASE("a lease that was set aside does not slow down later calls") {
    World world;
    FakeVm guest = make_vm(1, 16);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    world.host.files["/run/hostlease/lease-" + guest.uuid + ".toml"] = "rot";
    world.libvirt.bring_down(world.host, guest);
    REQUIRE(world.host.files.contains("/run/hostlease/lease-" + guest.uuid + ".toml.corrupt"));
    const auto trial = try_call(world.host, "other", {"started", "begin"}, "");
    CHECK(trial.accesses == 1);
    CHECK(trial.reads == 0);
}

TEST_CASE("a policy in the metadata is found even if no policy matches") {
    World world;
    world.host.files.erase(World::policy_file);
    world.host.files["/usr/share/hostlease/policies/quiet.toml"] = "version = 1\n[memory]\nswappiness = 10\n";
    FakeVm guest = make_vm(1, 16);
    std::string xml = guest.xml();
    xml.insert(xml.find("<memory "),
               "<metadata><h:policy xmlns:h='urn:hostlease:domain:1'>quiet</h:policy></metadata>");
    CHECK(try_call(world.host, guest.name, {"prepare", "begin"}, xml).outcome.uuid == guest.uuid);
    CHECK(try_call(world.host, guest.name, {"start", "begin"}, xml).outcome.code == ExitCode::done);
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "10\n");
    xml.replace(xml.find(">quiet<"), 7, ">none<");
    CHECK(try_call(world.host, guest.name, {"start", "begin"}, xml).outcome.code == ExitCode::done);
    CHECK(try_call(world.host, "other", {"prepare", "begin"}, make_vm(2, 16).xml()).outcome.uuid.empty());
}

TEST_CASE("a VM that no longer has a policy holds nothing once it starts: a lease left behind is released") {
    const auto take_policy_away = [](World& world, std::string&) {
        world.host.files.erase(World::policy_file);
    };
    const auto say_none = [](World&, std::string& xml) {
        xml.insert(xml.find("<memory "),
                   "<metadata><h:policy xmlns:h='urn:hostlease:domain:1'>none</h:policy></metadata>");
    };
    const auto make_unreadable = [](World&, std::string& xml) { xml.insert(0, "<!-- "); };
    using Change = void (*)(World&, std::string&);
    for (const Step last : {Step::prepare, Step::start, Step::started, Step::stopped})
        for (const Change change : {Change(take_policy_away), Change(say_none)}) {
            World world;
            const auto before = world.host.snapshot();
            FakeVm guest = make_vm(1, 16);
            for (const Step step : {Step::prepare, Step::start, Step::started, Step::stopped}) {
                if (step == Step::started) REQUIRE(world.libvirt.launch(guest));
                REQUIRE(world.libvirt.call(guest, step).code == ExitCode::done);
                if (step == last) break;
            }
            world.libvirt.quit(guest); // without a release
            std::string xml = guest.xml();
            change(world, xml);
            for (const std::string operation : {"prepare", "start"})
                CHECK(try_call(world.host, guest.name, {operation, "begin"}, xml).outcome.code ==
                      ExitCode::done);
            CHECK(world.ledger().leases.empty());
            world.host.files[World::policy_file] = before.at(World::policy_file);
            CHECK(difference(before, world.host.snapshot()) == "");
        }
    World world;
    FakeVm guest = make_vm(1, 16);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    world.libvirt.quit(guest);
    std::string xml = guest.xml();
    take_policy_away(world, xml);
    make_unreadable(world, xml); // the name identifies the lease
    CHECK(try_call(world.host, guest.name, {"prepare", "begin"}, xml).outcome.code == ExitCode::done);
    CHECK(world.ledger().leases.empty());
}

TEST_CASE("a start that finds a lease in a later state releases it: it is left from an earlier start") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm guest = make_vm(1, 16);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    world.libvirt.quit(guest);
    // no prepare, because the hook was installed in between
    CHECK(world.libvirt.call(guest, Step::start).code == ExitCode::done);
    CHECK(world.ledger().leases.empty());
    CHECK(difference(before, world.host.snapshot()) == "");
}

TEST_CASE("started, stopped and reconnect are done whatever fails, and tell of it in the report") {
    for (const auto& call : known_calls) {
        if (!always_done(call)) continue;
        CAPTURE(call.operation);
        unsigned told = 0;
        for (unsigned at = 0, last = 0; at <= last; ++at) { // nothing fails in the first round
            World world;
            FakeVm guest = make_vm(1, 16);
            REQUIRE(world.libvirt.bring_up(world.host, guest));
            const auto trial = try_call(world.host, guest.name, call, guest.xml(), Fault::fail, at);
            CHECK(trial.outcome.code == ExitCode::done);
            check_reason(trial.outcome);
            if (!trial.outcome.report.entries.empty()) ++told;
            if (at == 0) last = trial.accesses;
            if (at == 0) REQUIRE(last > 5);
        }
        CHECK(told > 3);
    }
}

TEST_CASE("prepare and start may fail, with a reason of one line and nothing held") {
    for (const std::string operation : {"prepare", "start"}) {
        unsigned failed = 0;
        for (unsigned at = 0, last = 0; at <= last; ++at) {
            World world;
            const auto before = world.host.snapshot();
            FakeVm guest = make_vm(1, 16);
            if (operation == "start")
                REQUIRE(world.libvirt.call(guest, Step::prepare).code == ExitCode::done);
            const auto trial =
                try_call(world.host, guest.name, {operation, "begin"}, guest.xml(), Fault::fail, at);
            if (at == 0) last = trial.accesses;
            check_reason(trial.outcome);
            if (trial.outcome.code != ExitCode::done) {
                ++failed;
                CHECK(trial.outcome.reason.starts_with("hostlease: VM 'vm1': "));
            } else {
                CHECK(trial.outcome.reason.empty());
            }
            world.libvirt.bring_down(world.host, guest);
            CHECK(difference(before, world.host.snapshot()) == "");
        }
        CHECK(failed > 3);
    }
}

TEST_CASE("release finds the lease by the VM's name if stdin is empty") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm guest = make_vm(1, 16);
    FakeVm other = make_vm(2, 16);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    REQUIRE(world.libvirt.bring_up(world.host, other));
    world.libvirt.quit(guest);
    for (const auto& call : {HookWords{"stopped", "end"}, HookWords{"release", "end"}}) {
        const auto trial = try_call(world.host, guest.name, call, "");
        CHECK(trial.outcome.code == ExitCode::done);
        CHECK(trial.outcome.uuid == guest.uuid);
    }
    REQUIRE(world.ledger().leases.size() == 1);
    CHECK(world.ledger().leases[0].uuid == other.uuid);
    CHECK(try_call(world.host, "never seen", {"release", "end"}, "").outcome.uuid.empty());
    world.libvirt.bring_down(world.host, other);
    CHECK(world.host.snapshot() == before);
}

TEST_CASE("a renamed VM is known by its uuid") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm guest = make_vm(1, 16);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    world.libvirt.quit(guest);
    FakeVm renamed = guest;
    renamed.name = "new name";
    const auto trial = try_call(world.host, renamed.name, {"release", "end"}, renamed.xml());
    CHECK(trial.outcome.uuid == guest.uuid);
    CHECK(world.host.snapshot() == before);
}

TEST_CASE("a broken policy with the VM's own name refuses its start with the position of the first mistake") {
    World world;
    world.host.files["/etc/hostlease/vm1.toml"] = "version = 1\n[memory]\nswappiness = \"lots\"\nksm = 7\n";
    const FakeVm guest = make_vm(1, 16);
    const auto trial = try_call(world.host, guest.name, {"prepare", "begin"}, guest.xml());
    CHECK(trial.outcome.code == ExitCode::bad_input);
    CHECK(trial.outcome.reason.find("/etc/hostlease/vm1.toml:3:") != std::string::npos);
    CHECK(trial.outcome.reason.find("and 1 more, which `hostlease check` shows") != std::string::npos);
    CHECK(trial.changes == 0);
    check_reason(trial.outcome);
}

TEST_CASE("a broken policy with another name is a warning, and the VM gets its own") {
    World world;
    world.host.files["/etc/hostlease/broken.toml"] = "version = 1\n[match";
    FakeVm guest = make_vm(1, 16);
    const auto trial = try_call(world.host, guest.name, {"prepare", "begin"}, guest.xml());
    CHECK(trial.outcome.code == ExitCode::done);
    CHECK(trial.outcome.uuid == guest.uuid);
    CHECK(std::any_of(trial.outcome.report.entries.begin(), trial.outcome.report.entries.end(),
                      [](const auto& entry) {
                          return entry.severity == Severity::warning &&
                                 entry.message.find("broken.toml") != std::string::npos;
                      }));
}

TEST_CASE("unreadable policies refuse the start, and an unreadable ledger is reported at release") {
    World world;
    const FakeVm vm = make_vm(1, 16);
    FaultyHost closed(world.host, Fault::fail, 1, EACCES); // the first access lists the policies
    const auto outcome = world.libvirt.call(closed, vm, Step::prepare);
    CHECK(outcome.code == ExitCode::bad_input);
    CHECK(outcome.reason.find("the domain's policy cannot be determined") != std::string::npos);
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    FaultyHost counter(world.host, Fault::fail, 1, EIO); // the first access lists the ledger
    CHECK(world.libvirt.call(counter, vm, Step::release).code == ExitCode::done);
    CHECK(world.ledger().leases.empty());
}
