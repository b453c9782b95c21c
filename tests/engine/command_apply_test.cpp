// [[command]] entries of a policy that is edited and applied while its VM runs: a command is identified by
// its programs.
#include "engine/apply.hpp"
#include "engine/operations.hpp"
#include "engine/policy_store.hpp"
#include "engine/verify.hpp"
#include "ledger/codec.hpp"
#include "read/domain_xml.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <initializer_list>

using namespace hostlease;
using namespace hostlease::test;

namespace {
using Lines = std::vector<std::string>;

/// Touches /run/NAME; the undo removes it.
std::string command(const std::string& name, const std::string& more = {}) {
    return "[[command]]\nrun = [\"/usr/bin/touch\", \"/run/" + name +
           "\"]\nundo = [\"/usr/bin/rm\", \"/run/" + name + "\"]\n" + more;
}

struct EditedWorld : World {
    FakeVm vm = make_vm(1, 64);

    explicit EditedWorld(std::initializer_list<std::string> commands) : World("") {
        pool(1).persistent = 128;
        write(commands);
        REQUIRE(libvirt.bring_up(host, vm));
        host.programs.clear();
    }

    void write(std::initializer_list<std::string> commands) {
        std::string text = "version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n";
        for (const auto& one : commands)
            text += one;
        host.files[policy_file] = text;
    }

    Status apply(std::initializer_list<std::string> commands) {
        write(commands);
        const auto domain = read_domain_xml(vm.xml(), "vm.xml").value();
        Diagnostics warnings;
        const auto policy = policy_for(host, read_policy_heads(host), domain, warnings).value().value();
        Call call;
        return apply_policy(host, domain, policy, call);
    }

    /// "touch /run/a", ... for the programs that ran since the last call.
    Lines runs() {
        Lines lines;
        for (const auto& program : host.programs)
            lines.push_back(program.words.front().substr(9) + " " + program.words.back());
        host.programs.clear();
        return lines;
    }

    void end() {
        libvirt.bring_down(host, vm);
        CHECK_FALSE(ledger().has_records());
        CHECK(ledger().leases.empty());
    }
};
} // namespace

TEST_CASE("reordered commands stay in force, and none runs again") {
    EditedWorld world({command("a"), command("b"), command("c")});
    REQUIRE(world.apply({command("c"), command("a"), command("b")}));
    CHECK(world.runs() == Lines{});
    CHECK(verify(world.host, world.ledger()).empty());
    world.end();
    CHECK(world.runs() == Lines{"rm /run/c", "rm /run/b", "rm /run/a"});
}

TEST_CASE("a removed command is undone alone, whatever followed it") {
    EditedWorld world({command("a"), command("b"), command("c")});
    REQUIRE(world.apply({command("b"), command("c")}));
    CHECK(world.runs() == Lines{"rm /run/a"});
    world.end();
    CHECK(world.runs() == Lines{"rm /run/c", "rm /run/b"});
}

TEST_CASE("a new command runs alone, at any position") {
    EditedWorld world({command("a"), command("b")});
    REQUIRE(world.apply({command("new"), command("b"), command("a")}));
    CHECK(world.runs() == Lines{"touch /run/new"});
    world.end();
    CHECK(world.runs() == Lines{"rm /run/new", "rm /run/b", "rm /run/a"});
}

TEST_CASE("a command whose deadline or phase is edited is not run again") {
    EditedWorld world({command("a"), command("b")});
    REQUIRE(world.apply({command("b", "at = \"started\"\n"), command("a", "deadline = \"3s\"\n")}));
    CHECK(world.runs() == Lines{});
    REQUIRE(world.apply({command("b"), command("a", "at = \"prepare\"\n")})); // it has already run
    CHECK(world.runs() == Lines{});
    world.end();
    CHECK(world.runs() == Lines{"rm /run/b", "rm /run/a"});
}

TEST_CASE("a command with edited programs is undone with the old ones, and then run with the new ones") {
    EditedWorld world({command("a")});
    REQUIRE(world.apply({command("b")}));
    CHECK(world.runs() == Lines{"rm /run/a", "touch /run/b"});
    world.end();
    CHECK(world.runs() == Lines{"rm /run/b"});
}

TEST_CASE("a repeated entry runs once, and stays in force when one of the two is removed") {
    EditedWorld world({command("a")});
    REQUIRE(world.apply({command("a"), command("a")}));
    CHECK(world.runs() == Lines{});
    REQUIRE(world.apply({command("a")}));
    CHECK(world.runs() == Lines{});
    CHECK(world.host.files.contains("/run/a"));
    world.end();
    CHECK(world.runs() == Lines{"rm /run/a"});
}

TEST_CASE("the same command in two phases is two commands") {
    EditedWorld world({command("a"), command("a", "at = \"started\"\n")});
    REQUIRE(world.apply({command("a", "at = \"started\"\n"), command("a")}));
    CHECK(world.runs() == Lines{});
    REQUIRE(world.apply({command("a", "at = \"started\"\n")}));
    CHECK(world.runs() == Lines{"rm /run/a"});
    world.end();
}

TEST_CASE("a lease that identifies commands by position stays in force") {
    EditedWorld world({command("a"), command("b")});
    // as earlier versions wrote them: UUID/1, and equal entries twice
    for (auto& [path, text] : world.host.files) {
        if (!path.starts_with("/run/hostlease/")) continue;
        for (const std::string digit : {"1", "2"})
            for (auto at = text.find("/00" + digit + "\""); at != std::string::npos;
                 at = text.find("/00" + digit + "\""))
                text.replace(at, 4, "/" + digit);
    }
    REQUIRE(world.ledger().record("command", world.vm.uuid + "/2") != nullptr);
    REQUIRE(world.apply({command("b"), command("a")}));
    CHECK(world.runs() == Lines{});
    REQUIRE(world.apply({command("b"), command("c")}));
    CHECK(world.runs() == Lines{"rm /run/a", "touch /run/c"});
    CHECK(verify(world.host, world.ledger()).empty());
    world.end();
    CHECK_FALSE(world.host.files.contains("/run/b"));
    CHECK_FALSE(world.host.files.contains("/run/c"));
}

TEST_CASE("more than nine commands run in the order of the policy, and are undone in reverse") {
    std::string all;
    Lines run;
    Lines undone;
    for (int index = 1; index <= 12; ++index) {
        const std::string name = "c" + std::to_string(index);
        all += command(name);
        run.push_back("touch /run/" + name);
        undone.insert(undone.begin(), "rm /run/" + name);
    }
    EditedWorld world({});
    REQUIRE(world.apply({all}));
    CHECK(world.runs() == run);
    world.end();
    CHECK(world.runs() == undone);
}
