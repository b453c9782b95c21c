#include "model/admin_command.hpp"
#include "support/builders.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace hostlease;
using namespace hostlease::test;
using namespace std::chrono_literals;

namespace {
Policy with_command(Policy policy, CommandEntry entry) {
    entry.position = {policy.file, static_cast<unsigned>(20 + policy.commands.size()), 1};
    policy.commands.push_back(std::move(entry));
    return policy;
}
} // namespace

TEST_CASE("each [[command]] entry is a target of its VM's own, in the phase it names") {
    const std::string start = "11111111-2222-3333-4444-555555555555/";
    struct Case {
        Policy policy;
        std::string text;
    };
    for (const auto& [policy, text] :
         {Case{policy_with({}), ""},
          Case{with_command(policy_with({}), {.run = {"/bin/a"}}),
               "/bin/a [" + start +
                   "001] = run /bin/a; within 10s; for win11; start, best-effort; win11.toml:20:1; "
                   "[[command]] entry\n"},
          Case{
              with_command(
                  with_command(policy_with({}),
                               {.at = Phase::prepare, .run = {"/bin/a", "x y"}, .undo = {"/bin/b", ""}}),
                  {.at = Phase::started, .run = {"/bin/a"}, .deadline = 250ms, .enforce = Enforce::required}),
              "/bin/a [" + start +
                  "001] = run /bin/a 'x y'; undo /bin/b ''; within 10s; for win11; prepare, best-effort; "
                  "win11.toml:20:1; "
                  "[[command]] entry\n"
                  "/bin/a [" +
                  start +
                  "002] = run /bin/a; within 250ms; for win11; started, required; win11.toml:21:1; "
                  "[[command]] entry\n"}}) {
        CAPTURE(text);
        CHECK(text_of(plan_of("command", {domain_with_memory(GiB), policy, host_with_nodes(1)})) == text);
    }
}

TEST_CASE("an entry that repeats an earlier one is omitted with a note") {
    const CommandEntry entry{.run = {"/bin/a"}, .undo = {"/bin/b"}};
    Policy policy = with_command(with_command(policy_with({}), entry), entry);
    const Scene scene{domain_with_memory(GiB), policy, host_with_nodes(1)};
    const KnobPlan plan = plan_of("command", scene);
    CHECK(plan.claims.size() == 1);
    CHECK(plan.notes.text() == "win11.toml:21:1: warning: this [[command]] equals the one of "
                               "win11.toml:20:1: hostlease runs it only once\n"
                               "  hint: keep only one of the two\n");
}

TEST_CASE("a command's text yields each word again, whatever it contains") {
    for (const std::vector<std::string>& words : {std::vector<std::string>{"/bin/a"},
                                                  {"/bin/a", "it's"},
                                                  {"/bin/a", ";", "undo"},
                                                  {"/bin/a", "\\", "'", "''"}}) {
        const AdminCommand command{words, words, 10s, "a; b's"};
        CHECK(parse_command(to_text(command)) == command);
    }
    CHECK(
        rc::check([](std::vector<std::string> run, std::vector<std::string> undo, const std::string& domain) {
            run.insert(run.begin(), "/bin/a");
            const AdminCommand command{std::move(run), std::move(undo), 1500us, domain};
            RC_ASSERT(parse_command(to_text(command)) == command);
        }));
}

TEST_CASE("text of another kind yields none") {
    for (const std::string text :
         {"", "run", "run /bin/a", "run /bin/a; within 0s; for x", "run 'a; within 1s", "within 1s; for x",
          "run /bin/a; within 1s; for x; more"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_command(text));
    }
}
