#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("inhibit_sleep keeps the host awake once the VM runs, and only on request") {
    struct Case {
        Policy policy;
        std::string text;
    };
    for (const auto& [policy, text] :
         {Case{policy_with({}), ""}, Case{policy_with({{"inhibit_sleep", false}}), ""},
          Case{policy_with({{"inhibit_sleep", true}}),
               "/run/systemd/transient/hostlease-inhibit-sleep.service [host] = held; started, "
               "best-effort; win11.toml:2:1; inhibit_sleep = \n"}}) {
        CAPTURE(text);
        CHECK(text_of(plan_of("inhibit_sleep", {domain_with_memory(GiB), policy, host_with_nodes(1)})) ==
              text);
    }
}

TEST_CASE("inhibit_sleep is in force as long as any VM claims it") {
    CHECK(combined("inhibit_sleep", "free", {"held"}) == "held");
    CHECK(combined("inhibit_sleep", "free", {"held", "held"}) == "held");
    CHECK(combined("inhibit_sleep", "held", {"held"}) == "held");
}
