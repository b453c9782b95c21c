#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("memory.ksm stops or runs same-page merging, and never unmerges") {
    struct Case {
        Policy policy;
        std::string text;
    };
    for (const auto& [policy, text] : {
             Case{policy_with({}), ""},
             Case{policy_with({{"memory.ksm", "leave"}}), ""},
             Case{policy_with({{"memory.ksm", "off"}}),
                  "/sys/kernel/mm/ksm/run [run] = 0; start, best-effort; win11.toml:2:1; memory.ksm = off\n"},
             Case{policy_with({{"memory.ksm", "on"}}),
                  "/sys/kernel/mm/ksm/run [run] = 1; start, best-effort; win11.toml:2:1; memory.ksm = on\n"},
             Case{required(policy_with({{"memory.ksm", "off"}}), "memory"),
                  "/sys/kernel/mm/ksm/run [run] = 0; start, required; win11.toml:2:1; memory.ksm = off\n"},
         }) {
        CAPTURE(text);
        CHECK(text_of(plan_of("memory.ksm", {domain_with_memory(GiB), policy, host_with_nodes(1)})) == text);
    }
}

TEST_CASE("memory.ksm is off as soon as one VM wants it off, in any order") {
    in_each_order({"0", "1"},
                  [](const auto& claims) { CHECK(combined("memory.ksm", "1", claims) == "0 (outranked)"); });
    in_each_order({"1", "0", "1"},
                  [](const auto& claims) { CHECK(combined("memory.ksm", "1", claims) == "0 (outranked)"); });
    in_each_order({"0", "1", "0"},
                  [](const auto& claims) { CHECK(combined("memory.ksm", "0", claims) == "0 (outranked)"); });
    CHECK(combined("memory.ksm", "1", {"0", "0", "0"}) == "0");
    CHECK(combined("memory.ksm", "0", {"1"}) == "1");
    CHECK(combined("memory.ksm", "0", {"1", "1"}) == "1");
}
