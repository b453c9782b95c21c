#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("memory.compaction_proactiveness writes the policy's number") {
    struct Case {
        Policy policy;
        std::string text;
    };
    for (const auto& [policy, text] : {
             Case{policy_with({}), ""},
             Case{policy_with({{"memory.compaction_proactiveness", "leave"}}), ""},
             Case{policy_with({{"memory.compaction_proactiveness", 0}}),
                  "/proc/sys/vm/compaction_proactiveness [compaction_proactiveness] = 0; start, best-effort; "
                  "win11.toml:2:1; "
                  "memory.compaction_proactiveness = 0\n"},
             Case{policy_with({{"memory.compaction_proactiveness", 100}}),
                  "/proc/sys/vm/compaction_proactiveness [compaction_proactiveness] = 100; start, "
                  "best-effort; win11.toml:2:1; "
                  "memory.compaction_proactiveness = 100\n"},
             Case{required(policy_with({{"memory.compaction_proactiveness", 0}}), "memory"),
                  "/proc/sys/vm/compaction_proactiveness [compaction_proactiveness] = 0; start, required; "
                  "win11.toml:2:1; "
                  "memory.compaction_proactiveness = 0\n"},
         }) {
        CAPTURE(text);
        CHECK(text_of(plan_of("memory.compaction_proactiveness",
                              {domain_with_memory(GiB), policy, host_with_nodes(1)})) == text);
    }
}

TEST_CASE("memory.compaction_proactiveness keeps the oldest claim, and reports a later different one") {
    struct Case {
        std::vector<std::string> claims;
        std::string text;
    };
    for (const auto& [claims, text] :
         {Case{{"0"}, "0"}, Case{{"0", "0"}, "0"}, Case{{"0", "10"}, "0 (conflict)"},
          Case{{"10", "0"}, "10 (conflict)"}, Case{{"10", "10", "10"}, "10"},
          Case{{"0", "10", "100"}, "0 (conflict)"}, Case{{"100", "0", "0"}, "100 (conflict)"},
          Case{{"0", "0", "10"}, "0 (conflict)"}}) {
        CAPTURE(text);
        CHECK(combined("memory.compaction_proactiveness", "20", claims) == text);
    }
}
