// Hostile or meaningless text: in a domain's XML, in its name, and in the policy name that it contains.
#include "hook/hook_trial.hpp"

#include <doctest/doctest.h>
#include <stdexcept>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// Names as libvirt may pass them; each matches its own policy "*" or none.
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

TEST_CASE("a policy that the metadata names and nobody has refuses the start, in one line of plain text") {
    World world;
    FakeVm guest = make_vm(1, 16);
    for (const std::string name :
         {"missing", "../vms", "a&#10;b", "&#x9b;31m", "&#x7f;", "$(x)", ".hidden"}) {
        std::string xml = guest.xml();
        xml.insert(xml.find("<memory "),
                   "<metadata><h:policy xmlns:h='urn:hostlease:domain:1'>" + name + "</h:policy></metadata>");
        for (const std::string operation : {"prepare", "start"}) {
            const auto trial = try_call(world.host, guest.name, {operation, "begin"}, xml);
            CHECK(trial.outcome.code == ExitCode::bad_input);
            CHECK(trial.outcome.reason.find("in <metadata>") != std::string::npos);
            check_reason(trial.outcome);
            CHECK(trial.changes == 0);
        }
    }
}

TEST_CASE("stdin that is not a domain refuses the start of a VM with a policy, and nothing else") {
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

TEST_CASE("missing XML is an error like any other") {
    for (const auto& call : known_calls) {
        World world;
        FakeVm guest = make_vm(1, 16);
        REQUIRE(world.libvirt.bring_up(world.host, guest));
        // libvirt cannot be asked for the XML
        HookCall hook_call{guest.name, call.operation, call.suboperation, "-", 900, {}};
        const auto outcome = run_hook(world.host, hook_call);
        hook_call.read_xml = []() -> std::string { throw std::runtime_error("a pipe\nburst"); };
        const auto thrown = run_hook(world.host, hook_call);
        if (always_done(call)) CHECK(outcome.code == ExitCode::done);
        if (always_done(call)) CHECK(thrown.code == ExitCode::done);
        if (call.operation == "prepare") CHECK(outcome.code == ExitCode::failed);
        if (call.operation == "prepare")
            CHECK(thrown.reason == "hostlease: VM 'vm1': unexpected: a pipe?burst");
        check_reason(outcome);
        check_reason(thrown);
    }
}

TEST_CASE("a VM may have any name: it is leased and released, or refused in one line of plain text") {
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
    CHECK(said(std::string(255, 'n') + "\xc3\xa4")
              .starts_with("hostlease: VM '" + std::string(255, 'n') + "': "));
    CHECK(said("\xc3\xa4").starts_with("hostlease: VM '\xc3\xa4': "));
}

TEST_CASE("a domain with thousands of mistakes says little, to libvirt as well as to the journal") {
    World world("version = 1\n[match]\ndomain = [\"*\"]\n[storage]\nscheduler = \"none\"\n[cpus]\nisolate = "
                "\"pinned\"\n");
    const std::string xml = make_vm(1, 16).xml();
    std::string disks;
    std::string cpus = "9000";
    std::string pins;
    for (unsigned number = 1; number <= 3'000; ++number) {
        disks +=
            "<disk type='file' device='disk'><source file='/no/such/" + std::to_string(number) + "'/></disk>";
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
