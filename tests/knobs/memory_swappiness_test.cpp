#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("memory.swappiness writes the policy's number") {
    struct Case {
        Policy policy;
        std::string text;
    };
    for (const auto& [policy, text] : {
             Case{policy_with({}), ""},
             Case{policy_with({{"memory.swappiness", "leave"}}), ""},
             Case{policy_with({{"memory.swappiness", 0}}),
                  "/proc/sys/vm/swappiness [swappiness] = 0; start, best-effort; win11.toml:2:1; "
                  "memory.swappiness = 0\n"},
             Case{policy_with({{"memory.swappiness", 10}}),
                  "/proc/sys/vm/swappiness [swappiness] = 10; start, best-effort; win11.toml:2:1; "
                  "memory.swappiness = 10\n"},
             Case{policy_with({{"memory.swappiness", 200}}),
                  "/proc/sys/vm/swappiness [swappiness] = 200; start, best-effort; win11.toml:2:1; "
                  "memory.swappiness = 200\n"},
             Case{required(policy_with({{"memory.swappiness", 10}}), "memory"),
                  "/proc/sys/vm/swappiness [swappiness] = 10; start, required; win11.toml:2:1; "
                  "memory.swappiness = 10\n"},
         }) {
        CAPTURE(text);
        CHECK(text_of(plan_of("memory.swappiness", {domain_with_memory(GiB), policy, host_with_nodes(1)})) ==
              text);
    }
}

TEST_CASE("memory.swappiness keeps the oldest claim, and reports a later different one") {
    struct Case {
        std::vector<std::string> claims;
        std::string text;
    };
    for (const auto& [claims, text] :
         {Case{{"10"}, "10"}, Case{{"10", "10"}, "10"}, Case{{"10", "1"}, "10 (conflict)"},
          Case{{"1", "10"}, "1 (conflict)"}, Case{{"1", "1", "1"}, "1"},
          Case{{"10", "1", "100"}, "10 (conflict)"}, Case{{"100", "10", "10"}, "100 (conflict)"},
          Case{{"10", "10", "1"}, "10 (conflict)"}}) {
        CAPTURE(text);
        CHECK(combined("memory.swappiness", "60", claims) == text);
    }
}
