#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("memory.stat_interval writes the seconds") {
    struct Case {
        Policy policy;
        std::string text;
    };
    for (const auto& [policy, text] : {
             Case{policy_with({}), ""},
             Case{policy_with({{"memory.stat_interval", "leave"}}), ""},
             Case{policy_with({{"memory.stat_interval", 1}}),
                  "/proc/sys/vm/stat_interval [stat_interval] = 1; start, "
                  "best-effort; win11.toml:2:1; memory.stat_interval = 1\n"},
             Case{policy_with({{"memory.stat_interval", 120}}),
                  "/proc/sys/vm/stat_interval [stat_interval] = 120; start, "
                  "best-effort; win11.toml:2:1; memory.stat_interval = 120\n"},
             Case{required(policy_with({{"memory.stat_interval", 120}}), "memory"),
                  "/proc/sys/vm/stat_interval [stat_interval] = 120; start, required; win11.toml:2:1; "
                  "memory.stat_interval = "
                  "120\n"},
         }) {
        CAPTURE(text);
        CHECK(text_of(plan_of("memory.stat_interval",
                              {domain_with_memory(GiB), policy, host_with_nodes(1)})) == text);
    }
}

TEST_CASE("memory.stat_interval keeps the oldest claim, and reports a later different one") {
    struct Case {
        std::vector<std::string> claims;
        std::string text;
    };
    for (const auto& [claims, text] :
         {Case{{"10"}, "10"}, Case{{"10", "10"}, "10"}, Case{{"10", "120"}, "10 (conflict)"},
          Case{{"120", "10"}, "120 (conflict)"}, Case{{"120", "120", "120"}, "120"},
          Case{{"10", "120", "1"}, "10 (conflict)"}, Case{{"1", "10", "10"}, "1 (conflict)"},
          Case{{"10", "10", "120"}, "10 (conflict)"}}) {
        CAPTURE(text);
        CHECK(combined("memory.stat_interval", "1", claims) == text);
    }
}
