#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
std::string claim_text(const std::string& value, const std::string& enforce) {
    return "/proc/sys/kernel/timer_migration [timer_migration] = " + value + "; start, " + enforce +
           "; win11.toml:2:1; kernel.timer_migration = " + value + "\n";
}
} // namespace

TEST_CASE("kernel.timer_migration writes the policy's number") {
    struct Case {
        Policy policy;
        std::string text;
    };
    for (const auto& [policy, text] :
         {Case{policy_with({}), ""}, Case{policy_with({{"kernel.timer_migration", "leave"}}), ""},
          Case{policy_with({{"kernel.timer_migration", 0}}), claim_text("0", "best-effort")},
          Case{policy_with({{"kernel.timer_migration", 1}}), claim_text("1", "best-effort")},
          Case{required(policy_with({{"kernel.timer_migration", 1}}), "kernel"),
               claim_text("1", "required")}}) {
        CAPTURE(text);
        CHECK(text_of(plan_of("kernel.timer_migration",
                              {domain_with_memory(GiB), policy, host_with_nodes(1)})) == text);
    }
}

TEST_CASE("kernel.timer_migration keeps the oldest claim, and reports a later different one") {
    struct Case {
        std::vector<std::string> claims;
        std::string text;
    };
    for (const auto& [claims, text] :
         {Case{{"0"}, "0"}, Case{{"1", "1"}, "1"}, Case{{"0", "1"}, "0 (conflict)"},
          Case{{"1", "0"}, "1 (conflict)"}, Case{{"1", "0", "0"}, "1 (conflict)"},
          Case{{"0", "0", "1"}, "0 (conflict)"}}) {
        CAPTURE(text);
        CHECK(combined("kernel.timer_migration", "1", claims) == text);
    }
}
