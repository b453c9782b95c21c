// [[command]] entries; [[sysfs]] is in policy_toml_test.cpp.
#include "read/policy_toml.hpp"

#include <doctest/doctest.h>
#include <utility>

using namespace hostlease;
using namespace std::chrono_literals;

namespace {
constexpr KeySpec keys[] = {{.key = "command"}, {.key = "memory.ksm"}};

tl::expected<Policy, Diagnostics> read(const std::string& text) {
    return read_policy("version = 1\n[[command]]\n" + text, "p.toml", "p", keys);
}

std::string faults(const std::string& text) {
    const auto policy = read(text);
    return policy ? "fine" : policy.error().text();
}
} // namespace

TEST_CASE("policy: [[command]] entries in the order of the file, each with its position") {
    const auto policy =
        read("run = [\"/bin/a\"]\n"
             "[[command]]\nat = \"prepare\"\nrun = [\"/bin/b\", \"x y\", \"\"]\nundo = [\"/bin/c\"]\n"
             "deadline = \"250ms\"\nenforce = \"required\"\n"
             "[[command]]\nat = \"started\"\nrun = [\"/bin/a\"]\n");
    REQUIRE(policy);
    REQUIRE(policy->commands.size() == 3);
    CHECK(policy->commands[0] == CommandEntry{.run = {"/bin/a"}, .position = {"p.toml", 2, 1}});
    CHECK(policy->commands[0].deadline == 10s);
    CHECK(policy->commands[1] == CommandEntry{.at = Phase::prepare,
                                              .run = {"/bin/b", "x y", ""},
                                              .undo = {"/bin/c"},
                                              .deadline = 250ms,
                                              .enforce = Enforce::required,
                                              .position = {"p.toml", 4, 1}});
    CHECK(policy->commands[2].at == Phase::started);
}

TEST_CASE("policy: the [[command]] entries of a policy replace those of its base") {
    const auto base = read("run = [\"/bin/base\"]\n").value();
    const auto lookup = [&](std::string_view) {
        return std::optional(tl::expected<Policy, Diagnostics>(base));
    };
    auto own = read("run = [\"/bin/own\"]\n").value();
    own.extends = "base";
    CHECK(follow_extends(own, lookup)->commands == own.commands);
    own.commands.clear();
    CHECK(follow_extends(own, lookup)->commands == base.commands);
}

TEST_CASE("policy: mistakes in [[command]]") {
    const std::string takes =
        "command.run takes an array of words that begins with the full path of a program, not ";
    const std::string path_hint = "\n  hint: write the path that `command -v` prints\n";
    const std::string wait_hint = "\n  hint: run and undo must fit into one call of the hook, which ends "
                                  "after 60s; use a service for longer work\n";
    const std::pair<std::string, std::string> rows[] = {
        {"at = \"start\"",
         "p.toml:2:1: error: [[command]] without a program to run\n  hint: add run = [\"/usr/bin/...\"]\n"},
        {"run = \"/bin/a b\"",
         "p.toml:3:7: error: " + takes +
             "a string\n  hint: write each word separately; no shell interprets them\n"},
        {"run = []", "p.toml:3:7: error: " + takes + "an empty array\n"},
        {"run = [\"/bin/a\", 1]", "p.toml:3:18: error: " + takes + "one with an integer\n"},
        {"run = [\"a\"]", "p.toml:3:8: error: command.run: the program \"a\" is not a full path" + path_hint},
        {"run = [\"\"]", "p.toml:3:8: error: command.run: the program \"\" is not a full path" + path_hint},
        {"run = [\"/bin/../a\"]",
         "p.toml:3:8: error: command.run: the program \"/bin/../a\" contains a \"..\" component" + path_hint},
        {"run = [\"/bin//a\"]",
         "p.toml:3:8: error: command.run: the program \"/bin//a\" has an empty component" + path_hint},
        {"run = [\"/\"]",
         "p.toml:3:8: error: command.run: the program \"/\" has an empty component" + path_hint},
        {"run = [\"/bin/a\", \"x\\u0000y\"]",
         "p.toml:3:18: error: command.run contains control characters: \"x\\u0000y\"\n"},
        {"run = [\"/bin/a\", \"" + std::string(4097, 'x') + "\"]",
         "p.toml:3:18: error: command.run has a word of more than 4096 characters\n"},
        {"run = [\"/bin/a\"]\nundo = [\"b\"]",
         "p.toml:4:9: error: command.undo: the program \"b\" is not a full path" + path_hint},
        {"run = [\"/bin/a\"]\nat = \"stopped\"",
         "p.toml:4:6: error: command.at takes \"prepare\", \"start\" or \"started\", not \"stopped\"\n"},
        {"run = [\"/bin/a\"]\nat = \"plan\"",
         "p.toml:4:6: error: command.at takes \"prepare\", \"start\" or \"started\", not \"plan\"\n"},
        {"run = [\"/bin/a\"]\nat = 1",
         "p.toml:4:6: error: command.at takes \"prepare\", \"start\" or \"started\", not 1\n"},
        {"run = [\"/bin/a\"]\ndeadline = \"31s\"",
         "p.toml:4:12: error: command.deadline takes a time up to \"30s\", not \"31s\"" + wait_hint},
        {"run = [\"/bin/a\"]\ndeadline = \"0s\"",
         "p.toml:4:12: error: command.deadline takes a time up to \"30s\", not \"0s\"" + wait_hint},
        {"run = [\"/bin/a\"]\ndeadline = 10",
         "p.toml:4:12: error: command.deadline takes a time up to \"30s\", not 10" + wait_hint},
        {"run = [\"/bin/a\"]\nenforce = \"always\"",
         "p.toml:4:11: error: command.enforce takes \"required\" or \"best-effort\", not \"always\"\n"},
        {"run = [\"/bin/a\"]\nat = \"started\"\nenforce = \"required\"",
         "p.toml:5:11: error: a command at \"started\" cannot be required because the VM is already running\n"
         "  hint: write at = \"prepare\" or \"start\", or remove enforce\n"},
        {"run = [\"/bin/a\"]\nundoo = [\"/bin/b\"]",
         "p.toml:4:1: error: unknown key 'command.undoo'\n  hint: did you mean 'command.undo'?\n"},
    };
    for (const auto& [text, message] : rows)
        CHECK(faults(text) == message);
    CHECK(read_policy("version = 1\ncommand = []", "p.toml", "p", keys).error().text() ==
          "p.toml:2:11: error: command takes an array of tables, not an empty array\n"
          "  hint: write [[command]] for each program to run\n");
    CHECK(read_policy("version = 1\n[command]\nrun = [\"/bin/a\"]", "p.toml", "p", keys).error().text() ==
          "p.toml:2:1: error: command takes an array of tables, not a table\n"
          "  hint: write [[command]] for each program to run\n");
}
