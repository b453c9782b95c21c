#include "hook_call.hpp"

#include "support/faulty_host.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <stdexcept>

using namespace hostlease;
using namespace hostlease::test;

namespace {
using Fault = FaultyHost::Fault;

struct Call {
    std::string operation;
    std::string suboperation;
};

const std::vector<Call> known_calls{{"prepare", "begin"}, {"start", "begin"},     {"started", "begin"},
                                    {"stopped", "end"},   {"reconnect", "begin"}, {"release", "end"}};

const std::vector<Call> other_calls{{"migrate", "begin"},
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

/// A call with this text on stdin, and what it cost.
struct Trial {
    HookOutcome outcome;
    unsigned accesses = 0;
    unsigned changes = 0;
    int reads = 0; // of stdin
};

Trial try_call(FakeHost& host, const std::string& name, const Call& call, const std::string& xml, Fault fault = Fault::none,
               unsigned at = 0) {
    Trial trial;
    FaultyHost faulty(host, fault, at);
    trial.outcome = run_hook(faulty, HookCall{name, call.operation, call.suboperation, "-", FakeLibvirt::daemon_pid, [&] {
                                                  ++trial.reads;
                                                  return xml;
                                              }});
    trial.accesses = faulty.accesses();
    trial.changes = faulty.changes();
    return trial;
}

bool always_done(const Call& call) {
    return call.operation == "started" || call.operation == "stopped" || call.operation == "reconnect";
}

/// What libvirt shows must be one line of plain text.
void check_reason(const HookOutcome& outcome) {
    if (outcome.code != ExitCode::done) CHECK(!outcome.reason.empty());
    CHECK(std::none_of(outcome.reason.begin(), outcome.reason.end(),
                       [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }));
    CHECK(outcome.reason.find("\xc2\x9b") == std::string::npos);
    CHECK(outcome.reason.size() < 2000);
}

/// Stdin that is no domain.
std::vector<std::string> garbage() {
    return {"",
            "\n",
            "not xml",
            "<domain/>",
            "<domain",
            std::string("\0\0\0", 3),
            "\xff\xfe<\0d\0o\0m",
            "<!DOCTYPE x [<!ENTITY a 'b'>]><domain>&a;</domain>",
            std::string(200'000, '<'),
            "<domain><uuid>x</uuid><name>\x1b[31m</name></domain>",
            std::string(5 * MiB, 'x'),
            "<domain type='kvm'><name>vm1</name>" + std::string(5 * MiB, ' ') + "</domain>"};
}

/// Names as libvirt may give them; each matches its own policy "*" or none.
std::vector<std::string> hostile_names() {
    return {"",
            "a b",
            "it's",
            "\"",
            "..",
            ".",
            "../etc",
            "$(x)",
            "`x`",
            "a\nb",
            "a\tb\x1b[31m",
            "-rf",
            "*",
            "[",
            "\\",
            "%s%n",
            std::string(4096, 'n'),
            "\xc3\xa4\xe2\x82\xac",
            "\xff\xfe",
            "\xc2\x9b"
            "31m"};
}

std::string escaped(const std::string& name) {
    std::string text;
    for (const char c : name)
        if (c == '<' || c == '&' || c == '"' || c == '\'')
            text += "&#" + std::to_string(static_cast<int>(c)) + ";";
        else
            text += c;
    return text;
}
} // namespace

TEST_CASE("libvirt's calls mean what its documentation says, and every other call means nothing") {
    CHECK(hook_operation("prepare", "begin") == HookOperation::prepare);
    CHECK(hook_operation("start", "begin") == HookOperation::start);
    CHECK(hook_operation("started", "begin") == HookOperation::started);
    CHECK(hook_operation("stopped", "end") == HookOperation::stopped);
    CHECK(hook_operation("release", "end") == HookOperation::release);
    CHECK(hook_operation("reconnect", "begin") == HookOperation::reconnect);
    for (const auto& call : other_calls)
        CHECK(hook_operation(call.operation, call.suboperation) == HookOperation::ignored);
}

TEST_CASE("calls that mean nothing touch neither the host nor stdin, whatever is leased") {
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

TEST_CASE("stdin is read once at most") {
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

TEST_CASE("without any lease the calls after a start look at one directory and read nothing") {
    World world;
    const FakeVm guest = make_vm(1, 16);
    for (const auto& call : known_calls) {
        if (call.operation == "prepare" || call.operation == "start") continue;
        CAPTURE(call.operation);
        const auto trial = try_call(world.host, guest.name, call, guest.xml());
        CHECK(trial.outcome.code == ExitCode::done);
        CHECK(trial.accesses == (call.operation == "release" ? 2 : 1)); // release looks for half-written files as well
        CHECK(trial.reads == 0);
    }
}

TEST_CASE("on a host without policies a start costs two looks and no parsing") {
    World world;
    world.host.files.erase(World::policy_file);
    for (const std::string operation : {"prepare", "start"}) {
        // stdin is looked through for a policy in the metadata, not parsed
        const auto trial = try_call(world.host, "vm1", {operation, "begin"}, "no XML at all");
        CHECK(trial.outcome.code == ExitCode::done);
        CHECK(trial.outcome.report.entries.empty());
        CHECK(trial.accesses == (operation == "prepare" ? 1 : 2));
        CHECK(trial.changes == 0);
        CHECK(trial.reads == 1);
    }
}

TEST_CASE("a VM that no policy is for is not parsed, and nothing is changed for it") {
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

TEST_CASE("a VM that no policy is for starts beside another VM's lease, even with an XML that cannot be read") {
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

TEST_CASE("a lease that was set aside costs later calls nothing") {
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

TEST_CASE("a policy in the metadata is found without a policy that matches") {
    World world;
    world.host.files.erase(World::policy_file);
    world.host.files["/usr/share/hostlease/policies/quiet.toml"] = "version = 1\n[memory]\nswappiness = 10\n";
    FakeVm guest = make_vm(1, 16);
    std::string xml = guest.xml();
    xml.insert(xml.find("<memory "), "<metadata><h:policy xmlns:h='urn:hostlease:domain:1'>quiet</h:policy></metadata>");
    CHECK(try_call(world.host, guest.name, {"prepare", "begin"}, xml).outcome.uuid == guest.uuid);
    CHECK(try_call(world.host, guest.name, {"start", "begin"}, xml).outcome.code == ExitCode::done);
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "10\n");
    xml.replace(xml.find(">quiet<"), 7, ">none<");
    CHECK(try_call(world.host, guest.name, {"prepare", "begin"}, xml).outcome.uuid.empty());
}

TEST_CASE("a policy that the metadata names and nobody has refuses the start, in one line of plain text") {
    World world;
    FakeVm guest = make_vm(1, 16);
    for (const std::string name : {"missing", "../vms", "a&#10;b", "&#x9b;31m", "&#x7f;", "$(x)", ".hidden"}) {
        std::string xml = guest.xml();
        xml.insert(xml.find("<memory "),
                   "<metadata><h:policy xmlns:h='urn:hostlease:domain:1'>" + name + "</h:policy></metadata>");
        for (const std::string operation : {"prepare", "start"}) {
            const auto trial = try_call(world.host, guest.name, {operation, "begin"}, xml);
            CHECK(trial.outcome.code == ExitCode::bad_input);
            CHECK(trial.outcome.reason.find("the domain's metadata names the policy") != std::string::npos);
            check_reason(trial.outcome);
            CHECK(trial.changes == 0);
        }
    }
}

TEST_CASE("stdin that is no domain refuses the start of a VM with a policy, and nothing else") {
    for (const auto& xml : garbage()) {
        World world;
        FakeVm guest = make_vm(1, 16);
        for (const std::string operation : {"prepare", "start"}) {
            const auto trial = try_call(world.host, guest.name, {operation, "begin"}, xml);
            CHECK(trial.outcome.code == ExitCode::bad_input);
            CHECK(trial.outcome.reason.starts_with("hostlease: VM 'vm1': "));
            CHECK(trial.changes == 0);
            check_reason(trial.outcome);
        }
        REQUIRE(world.libvirt.bring_up(world.host, guest));
        for (const auto& call : known_calls) {
            if (!always_done(call)) continue;
            const auto trial = try_call(world.host, guest.name, call, xml);
            CHECK(trial.outcome.code == ExitCode::done);
            check_reason(trial.outcome);
        }
        CHECK(try_call(world.host, guest.name, {"release", "end"}, xml).outcome.code == ExitCode::done);
        CHECK(world.ledger().leases.empty());
    }
}

TEST_CASE("a megabyte of XML around a domain is read like the domain alone") {
    World world;
    FakeVm guest = make_vm(1, 16);
    std::string xml = guest.xml();
    xml.insert(xml.find("<memory "), "<description>" + std::string(MiB, 'x') + "</description>");
    for (const auto& call : known_calls) {
        if (call.operation == "started") REQUIRE(world.libvirt.launch(guest));
        if (call.operation == "release") world.libvirt.quit(guest);
        const auto trial = try_call(world.host, guest.name, call, xml);
        CHECK(trial.outcome.code == ExitCode::done);
        CHECK(trial.outcome.uuid == guest.uuid);
    }
    CHECK(world.ledger().leases.empty());
}

TEST_CASE("started, stopped and reconnect are done whatever fails, and tell of it in the report") {
    for (const auto& call : known_calls) {
        if (!always_done(call)) continue;
        CAPTURE(call.operation);
        unsigned told = 0;
        for (unsigned at = 0, last = 0; at <= last; ++at) { // the first time nothing fails
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
            if (operation == "start") REQUIRE(world.libvirt.call(guest, Step::prepare).code == ExitCode::done);
            const auto trial = try_call(world.host, guest.name, {operation, "begin"}, guest.xml(), Fault::fail, at);
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

TEST_CASE("an XML that cannot be had is an error like any other") {
    for (const auto& call : known_calls) {
        World world;
        FakeVm guest = make_vm(1, 16);
        REQUIRE(world.libvirt.bring_up(world.host, guest));
        HookCall hook_call{guest.name, call.operation, call.suboperation, "-", 900, {}}; // nobody to ask for the XML
        const auto outcome = run_hook(world.host, hook_call);
        hook_call.read_xml = []() -> std::string { throw std::runtime_error("a pipe\nburst"); };
        const auto thrown = run_hook(world.host, hook_call);
        if (always_done(call)) CHECK(outcome.code == ExitCode::done);
        if (always_done(call)) CHECK(thrown.code == ExitCode::done);
        if (call.operation == "prepare") CHECK(outcome.code == ExitCode::failed);
        if (call.operation == "prepare") CHECK(thrown.reason == "hostlease: VM 'vm1': unexpected: a pipe?burst");
        check_reason(outcome);
        check_reason(thrown);
    }
}

TEST_CASE("a VM may be called anything: it is leased and released, or refused in one line of plain text") {
    World model;
    for (const auto& name : hostile_names()) {
        CAPTURE(name);
        World world("version = 1\n[match]\ndomain = [\"*\"]\n[memory]\nswappiness = 10\n");
        const auto before = world.host.snapshot();
        FakeVm guest = make_vm(1, 16);
        std::string xml = guest.xml();
        xml.replace(xml.find("vm1"), 3, escaped(name));
        for (const auto& call : known_calls) {
            const auto trial = try_call(world.host, name, call, xml);
            if (always_done(call)) CHECK(trial.outcome.code == ExitCode::done);
            check_reason(trial.outcome);
        }
        CHECK(world.ledger().leases.empty());
        CHECK(difference(before, world.host.snapshot()) == "");
        for (const auto& [path, text] : world.host.files)
            CHECK(path.find(name.empty() ? "//" : "/" + name + "/") == std::string::npos);
    }
}

TEST_CASE("a name in the reason is cut between characters, and cannot pose as another line") {
    World world("version = 1\n[match]\ndomain = [\"*\"]\n");
    const auto said = [&](const std::string& name) {
        const auto trial = try_call(world.host, name, {"prepare", "begin"}, "");
        CHECK(trial.outcome.code == ExitCode::bad_input);
        check_reason(trial.outcome);
        return trial.outcome.reason;
    };
    CHECK(said("a\nhostlease: all is well").starts_with("hostlease: VM 'a?hostlease: all is well': "));
    CHECK(said("\x1b[2J\x7f").starts_with("hostlease: VM '?[2J?': "));
    CHECK(said("\xc2\x9b"
               "2J\xc2\xa0")
              .starts_with("hostlease: VM '??2J\xc2\xa0': "));
    CHECK(said(std::string(4096, 'n')).starts_with("hostlease: VM '" + std::string(256, 'n') + "': "));
    CHECK(said(std::string(255, 'n') + "\xc3\xa4").starts_with("hostlease: VM '" + std::string(255, 'n') + "': "));
    CHECK(said("\xc3\xa4").starts_with("hostlease: VM '\xc3\xa4': "));
}

TEST_CASE("a domain with thousands of mistakes says little, to libvirt as well as to the journal") {
    World world("version = 1\n[match]\ndomain = [\"*\"]\n[storage]\nscheduler = \"none\"\n[cpus]\nisolate = \"pinned\"\n");
    const std::string xml = make_vm(1, 16).xml();
    std::string disks;
    std::string cpus = "9000";
    std::string pins;
    for (unsigned number = 1; number <= 3'000; ++number) {
        disks += "<disk type='file' device='disk'><source file='/no/such/" + std::to_string(number) + "'/></disk>";
        cpus += "," + std::to_string(9'000 + 2 * number);
    }
    for (unsigned number = 1; number <= 100; ++number)
        pins += "<iothreadpin iothread='" + std::to_string(number) + "' cpuset='" + cpus + "'/>";
    std::string many = xml;
    many.insert(many.find("</devices>"), disks);
    const auto warned = try_call(world.host, "vm1", {"prepare", "begin"}, many);
    CHECK(warned.outcome.code == ExitCode::done);
    CHECK(warned.outcome.report.entries.size() <= 101);
    std::string broken = xml;
    broken.insert(broken.find("</cputune>"), pins);
    const auto refused = try_call(world.host, "vm1", {"prepare", "begin"}, broken);
    CHECK(refused.outcome.code == ExitCode::failed);
    CHECK(refused.outcome.reason.size() < 20'000);
    CHECK(refused.outcome.reason.find(" more, which `hostlease plan` shows") != std::string::npos);
}

TEST_CASE("release finds the lease by the VM's name where stdin is empty") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm guest = make_vm(1, 16);
    FakeVm other = make_vm(2, 16);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    REQUIRE(world.libvirt.bring_up(world.host, other));
    world.libvirt.quit(guest);
    for (const auto& call : {Call{"stopped", "end"}, Call{"release", "end"}}) {
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

TEST_CASE("a broken policy of the VM's own name refuses its start with the place of the first mistake") {
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

TEST_CASE("a broken policy of another name is a warning, and the VM gets its own") {
    World world;
    world.host.files["/etc/hostlease/broken.toml"] = "version = 1\n[match";
    FakeVm guest = make_vm(1, 16);
    const auto trial = try_call(world.host, guest.name, {"prepare", "begin"}, guest.xml());
    CHECK(trial.outcome.code == ExitCode::done);
    CHECK(trial.outcome.uuid == guest.uuid);
    CHECK(std::any_of(trial.outcome.report.entries.begin(), trial.outcome.report.entries.end(), [](const auto& entry) {
        return entry.severity == Severity::warning && entry.message.find("broken.toml") != std::string::npos;
    }));
}

TEST_CASE("policies that cannot be looked at refuse the start, and a ledger that cannot is told at release") {
    World world;
    const FakeVm vm = make_vm(1, 16);
    FaultyHost closed(world.host, FaultyHost::Fault::fail, 1, EACCES); // the first access lists the policies
    const auto outcome = world.libvirt.call(closed, vm, Step::prepare);
    CHECK(outcome.code == ExitCode::bad_input);
    CHECK(outcome.reason.find("nobody can tell which policy the domain has") != std::string::npos);
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    FaultyHost counter(world.host, FaultyHost::Fault::fail, 1, EIO); // the first access lists the ledger
    CHECK(world.libvirt.call(counter, vm, Step::release).code == ExitCode::done);
    CHECK(world.ledger().leases.empty());
}
