#include "read/policy_toml.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace hostlease;

namespace {
constexpr KeySpec keys[] = {
    {.key = "power.governor", .kinds = a_name},
    {.key = "hugepages.compact", .kinds = a_boolean},
    {.key = "hugepages.deadline", .kinds = a_time},
    {.key = "sysfs"},
};

/// Policies by name; each is parsed when it is looked up.
using Shelf = std::map<std::string, std::string, std::less<>>;

tl::expected<Policy, Diagnostics> read_from(const Shelf& shelf, const std::string& name) {
    return read_policy(shelf.at(name), name + ".toml", name, keys);
}

tl::expected<Policy, Diagnostics> effective(const Shelf& shelf, const std::string& name) {
    auto policy = read_from(shelf, name);
    REQUIRE(policy);
    return follow_extends(std::move(*policy),
                          [&](std::string_view base) -> std::optional<tl::expected<Policy, Diagnostics>> {
                              if (!shelf.contains(base)) return std::nullopt;
                              return read_from(shelf, std::string(base));
                          });
}

std::string fault(const Shelf& shelf, const std::string& name) {
    const auto policy = effective(shelf, name);
    return policy ? "fine" : policy.error().text();
}

Policy named(std::string name, Match match = {}) {
    Policy policy;
    policy.name = std::move(name);
    policy.match = std::move(match);
    return policy;
}

constexpr std::string_view uuid = "4dea22b3-1d52-d8f3-2516-782e98ab3fa0";

std::string choice(const std::vector<Policy>& policies, std::string_view domain,
                   std::string_view domain_uuid = uuid) {
    const auto chosen = choose_policy(policies, domain, domain_uuid);
    std::string text = chosen.policy == nullptr ? "none" : chosen.policy->name;
    for (const auto* other : chosen.tied)
        text += " =" + other->name;
    return text;
}
} // namespace

TEST_CASE("extends: own values win, the rest comes from the bases with its positions") {
    const Shelf shelf{
        {"a", "version = 1\nextends = \"b\"\n[power]\ngovernor = \"leave\"\n[match]\ndomain = "
              "\"x\"\npriority = 3\n"},
        {"b", "version = 1\nextends = \"c\"\n[hugepages]\nenforce = \"best-effort\"\ndeadline = \"5s\"\n"
              "[match]\ndomain = \"y\"\n"},
        {"c", "version = 1\n[power]\nenforce = \"required\"\ngovernor = \"performance\"\n[hugepages]\n"
              "enforce = \"required\"\ncompact = false\ndeadline = \"9s\"\n[[sysfs]]\npath = "
              "\"/sys/a\"\nvalue = 1\n"}};
    const auto policy = effective(shelf, "a");
    REQUIRE(policy);
    CHECK(policy->leaves("power.governor"));
    CHECK(policy->get("hugepages.deadline", std::chrono::microseconds(0)) == std::chrono::seconds(5));
    CHECK_FALSE(policy->get("hugepages.compact", true));
    CHECK(policy->find("hugepages.compact")->position.text() == "c.toml:7:11");
    CHECK(policy->find("hugepages.deadline")->position.text() == "b.toml:5:12");
    CHECK(policy->enforcement("hugepages.compact") == Enforce::best_effort);
    CHECK(policy->enforcement("power.governor") == Enforce::required);
    CHECK(policy->match.domains == std::vector<std::string>{"x"});
    CHECK(policy->match.priority == 3);
    CHECK(policy->name == "a");
    CHECK(policy->extends == "b");
    REQUIRE(policy->sysfs.size() == 1);
    CHECK(policy->sysfs[0].position.text() == "c.toml:10:8");
}

TEST_CASE("extends: [[sysfs]] is replaced as a whole") {
    const Shelf shelf{
        {"a", "version = 1\nextends = \"b\"\n[[sysfs]]\npath = \"/sys/mine\"\nvalue = 1\n"},
        {"b",
         "version = 1\n[[sysfs]]\npath = \"/sys/a\"\nvalue = 1\n[[sysfs]]\npath = \"/sys/b\"\nvalue = 1\n"}};
    const auto policy = effective(shelf, "a");
    REQUIRE(policy);
    REQUIRE(policy->sysfs.size() == 1);
    CHECK(policy->sysfs[0].path == "/sys/mine");
}

TEST_CASE("extends: bases that cannot be followed") {
    CHECK(fault({{"a", "version = 1\nextends = \"nobody\"\n"}}, "a") ==
          "a.toml:2:11: error: policy 'nobody' in extends does not exist\n"
          "  hint: hostlease looks for policies in /etc/hostlease and /usr/share/hostlease/policies\n");
    CHECK(fault({{"a", "version = 1\nextends = \"a\"\n"}}, "a") ==
          "a.toml:2:11: error: extends forms a cycle: a -> a\n  hint: remove one of these extends\n");
    CHECK(fault({{"a", "version = 1\nextends = \"b\"\n"}, {"b", "version = 1\nextends = \"a\"\n"}}, "a") ==
          "b.toml:2:11: error: extends forms a cycle: a -> b -> a\n  hint: remove one of these extends\n");
    CHECK(fault({{"a", "version = 1\nextends = \"b\"\n"}, {"b", "version = 2\n[power]\nboost = 1\n"}}, "a") ==
          "a.toml:2:11: error: the policy 'b' that this one extends has errors\n"
          "b.toml:1:11: error: version is 2, but this hostlease reads only version 1\n"
          "  hint: write version = 1, or install the hostlease that this policy was written for\n"
          "b.toml:3:1: error: unknown key 'power.boost'\n  hint: the keys of power are governor, enforce\n");
}

TEST_CASE("extends: sixteen bases and no more") {
    Shelf shelf;
    for (int index = 0; index < 17; ++index)
        shelf["p" + std::to_string(index)] =
            "version = 1\nextends = \"p" + std::to_string(index + 1) + "\"\n";
    shelf["p17"] = "version = 1\n";
    CHECK(fault(shelf, "p1") == "fine");
    CHECK(fault(shelf, "p0")
              .starts_with("p16.toml:2:11: error: extends chains more than 16 policies: p0 -> p1 ->"));
}

TEST_CASE("choice: uuid, then exact name, then the longer glob") {
    const Policy by_uuid = named("by-uuid", {.uuids = {std::string(uuid)}});
    const Policy by_name = named("by-name", {.domains = {"other", "win11"}});
    const Policy short_glob = named("short-glob", {.domains = {"w*"}});
    const Policy long_glob = named("long-glob", {.domains = {"w*", "win*[0-9]"}});
    const Policy by_file = named("win11");
    CHECK(choice({short_glob, long_glob, by_name, by_uuid}, "win11") == "by-uuid");
    CHECK(choice({short_glob, long_glob, by_name}, "win11") == "by-name");
    CHECK(choice({short_glob, by_file}, "win11") == "win11");
    CHECK(choice({short_glob, long_glob}, "win11") == "long-glob");
    CHECK(choice({short_glob, long_glob}, "wxyz") == "long-glob =short-glob");
    CHECK(choice({by_uuid, by_name, by_file}, "linux", "") == "none");
    CHECK(choice({}, "linux") == "none");
}

TEST_CASE("choice: the strength of a match") {
    const std::vector<Policy> policies{named("a", {.domains = {"x*"}}),
                                       named("b", {.uuids = {std::string(uuid)}}), named("c")};
    CHECK(choose_policy(policies, "xy", "").strength == MatchStrength::glob);
    CHECK(choose_policy(policies, "xy", uuid).strength == MatchStrength::uuid);
    CHECK(choose_policy(policies, "c", "").strength == MatchStrength::exact_name);
    CHECK(choose_policy(policies, "d", "").strength == MatchStrength::none);
}

TEST_CASE("choice: priority breaks ties, then the name, and the others are reported") {
    const Policy low = named("a-low", {.domains = {"w*"}});
    const Policy high = named("z-high", {.domains = {"w*"}, .priority = 5});
    const Policy same = named("b-same", {.domains = {"*x"}});
    const Policy negative = named("0-negative", {.domains = {"w*"}, .priority = -1});
    CHECK(choice({low, high, same, negative}, "wx") == "z-high");
    CHECK(choice({same, negative, low}, "wx") == "a-low =b-same");
    CHECK(choice({negative, low}, "wx") == "a-low");
    CHECK(choice({high, named("exact", {.domains = {"wx"}, .priority = -9})}, "wx") == "exact");
}

TEST_CASE("choice: uuids are compared independently of their spelling") {
    const Policy policy = named("p", {.uuids = {"4DEA22B31D52D8F32516782E98AB3FA0"}});
    CHECK(choice({policy}, "x", uuid) == "p");
    CHECK(choice({policy}, "x", "4dea22b31d52d8f32516782e98ab3fa0") == "p");
    CHECK(choice({policy}, "x", "4dea22b3") == "none");
    CHECK(choice({named("q", {.uuids = {"broken"}})}, "x", "broken") == "none");
}

TEST_CASE("choice: fnmatch without flags") {
    struct Row {
        std::string pattern;
        const char* name;
        const char* chosen;
    };
    const Row rows[] = {{"*", ".hidden", "p"},     {"*", "a/b", "p"},
                        {"game-?", "game-1", "p"}, {"game-?", "game-12", "none"},
                        {"[", "[", "p"},           {"a\\*", "a*", "p"},
                        {"a\\*", "ab", "none"},    {"Win", "win", "none"},
                        {"[!a]*", "abc", "none"},  {"a", "ab", "none"}};
    for (const auto& row : rows) {
        CAPTURE(row.pattern);
        CHECK(choice({named("p", {.domains = {row.pattern}})}, row.name) == row.chosen);
    }
}

TEST_CASE("choice: a policy that only names uuids does not match by its file") {
    CHECK(choice({named("win11", {.uuids = {"00000000-0000-0000-0000-000000000000"}})}, "win11") == "none");
}
