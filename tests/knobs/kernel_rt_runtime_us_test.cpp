#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
std::string claim_text(const std::string& value, const std::string& enforce) {
    return "/proc/sys/kernel/sched_rt_runtime_us [sched_rt_runtime_us] = " + value + "; start, " + enforce +
           "; win11.toml:2:1; kernel.rt_runtime_us = " + value + "\n";
}
} // namespace

TEST_CASE("kernel.rt_runtime_us writes the policy's number") {
    struct Case {
        Policy policy;
        std::string text;
    };
    for (const auto& [policy, text] :
         {Case{policy_with({}), ""}, Case{policy_with({{"kernel.rt_runtime_us", "leave"}}), ""},
          Case{policy_with({{"kernel.rt_runtime_us", -1}}), claim_text("-1", "best-effort")},
          Case{policy_with({{"kernel.rt_runtime_us", 1000000}}), claim_text("1000000", "best-effort")},
          Case{required(policy_with({{"kernel.rt_runtime_us", 950000}}), "kernel"),
               claim_text("950000", "required")}}) {
        CAPTURE(text);
        CHECK(text_of(plan_of("kernel.rt_runtime_us",
                              {domain_with_memory(GiB), policy, host_with_nodes(1)})) == text);
    }
}

TEST_CASE("kernel.rt_runtime_us keeps the oldest claim, and reports a later different one") {
    struct Case {
        std::vector<std::string> claims;
        std::string text;
    };
    for (const auto& [claims, text] :
         {Case{{"-1"}, "-1"}, Case{{"1000000", "1000000"}, "1000000"},
          Case{{"-1", "1000000"}, "-1 (conflict)"}, Case{{"1000000", "-1"}, "1000000 (conflict)"},
          Case{{"1000000", "-1", "-1"}, "1000000 (conflict)"},
          Case{{"-1", "-1", "1000000"}, "-1 (conflict)"}}) {
        CAPTURE(text);
        CHECK(combined("kernel.rt_runtime_us", "950000", claims) == text);
    }
}
