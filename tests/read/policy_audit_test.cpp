// [audit]: what an audit omits. No knob reads this table.
#include "read/policy_toml.hpp"

#include <doctest/doctest.h>
#include <utility>

using namespace hostlease;

namespace {
constexpr KeySpec keys[] = {{.key = "memory.ksm", .kinds = words_only}};

tl::expected<Policy, Diagnostics> read(const std::string& text) {
    return read_policy("version = 1\n" + text, "p.toml", "p", keys);
}
} // namespace

TEST_CASE("policy: the rules of audit.ignore, each with its position") {
    const auto policy = read("[audit]\nignore = [\"VID-HEADS\", \"PIN-1TO1\"]\n");
    REQUIRE(policy);
    REQUIRE(policy->audit_ignore);
    CHECK(*policy->audit_ignore ==
          std::vector<IgnoredRule>{{"VID-HEADS", {"p.toml", 3, 11}}, {"PIN-1TO1", {"p.toml", 3, 24}}});
    CHECK_FALSE(read("")->audit_ignore);
    CHECK(read("audit.ignore = []")->audit_ignore->empty());
}

TEST_CASE("policy: a policy that only concerns audits differs from one that leases") {
    const std::string audit = "[audit]\nignore = [\"VID-HEADS\"]\n";
    CHECK(read(audit)->leases_nothing());
    CHECK(read("[match]\ndomain = [\"a\"]\n" + audit)->leases_nothing());
    CHECK_FALSE(read("")->leases_nothing());
    CHECK_FALSE(read(audit + "[memory]\nenforce = \"required\"\n")->leases_nothing());
    CHECK_FALSE(read("extends = \"dense\"\n" + audit)->leases_nothing());
}

TEST_CASE("policy: audit.ignore of a policy replaces its base's") {
    const auto base = read("audit.ignore = [\"VID-HEADS\"]").value();
    const auto lookup = [&](std::string_view) {
        return std::optional(tl::expected<Policy, Diagnostics>(base));
    };
    auto own = read("extends = \"base\"").value();
    CHECK(follow_extends(own, lookup)->audit_ignore == base.audit_ignore);
    own.audit_ignore.emplace();
    CHECK(follow_extends(own, lookup)->audit_ignore->empty());
}

TEST_CASE("policy: mistakes in [audit]") {
    const std::pair<std::string, std::string> rows[] = {
        {"audit = 1", "p.toml:2:9: error: audit takes a table, not an integer\n  hint: write [audit]\n"},
        {"audit.ignored = []",
         "p.toml:2:7: error: unknown key 'audit.ignored'\n  hint: did you mean 'audit.ignore'?\n"},
        {"audit.ignore = \"VID-HEADS\"", "p.toml:2:16: error: audit.ignore takes an array of rule ids, not "
                                         "\"VID-HEADS\"\n  hint: write [\"VID-HEADS\"]\n"},
        {"audit.ignore = [\"VID HEADS\", 1]",
         "p.toml:2:17: error: audit.ignore takes rule ids, not \"VID HEADS\"\n"
         "  hint: `hostlease audit` prints the ids, such as \"VID-HEADS\"\n"
         "p.toml:2:30: error: audit.ignore takes rule ids, not 1\n"
         "  hint: `hostlease audit` prints the ids, such as \"VID-HEADS\"\n"}};
    for (const auto& [text, fault] : rows) {
        const auto policy = read(text);
        CHECK((policy ? "fine" : policy.error().text()) == fault);
    }
}
