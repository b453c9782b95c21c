#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
std::string claim_text(const std::string& value, const std::string& enforce) {
    return "/sys/module/kvm/parameters/halt_poll_ns [halt_poll_ns] = " + value + "; start, " + enforce +
           "; win11.toml:2:1; kernel.halt_poll_ns = " + value + "\n";
}
} // namespace

TEST_CASE("kernel.halt_poll_ns writes the policy's number") {
    struct Case {
        Policy policy;
        std::string text;
    };
    for (const auto& [policy, text] :
         {Case{policy_with({}), ""}, Case{policy_with({{"kernel.halt_poll_ns", "leave"}}), ""},
          Case{policy_with({{"kernel.halt_poll_ns", 0}}), claim_text("0", "best-effort")},
          Case{policy_with({{"kernel.halt_poll_ns", 10000000}}), claim_text("10000000", "best-effort")},
          Case{required(policy_with({{"kernel.halt_poll_ns", 200000}}), "kernel"),
               claim_text("200000", "required")}}) {
        CAPTURE(text);
        CHECK(text_of(plan_of("kernel.halt_poll_ns",
                              {domain_with_memory(GiB), policy, host_with_nodes(1)})) == text);
    }
}

TEST_CASE("kernel.halt_poll_ns keeps the oldest claim, and reports a later different one") {
    struct Case {
        std::vector<std::string> claims;
        std::string text;
    };
    for (const auto& [claims, text] :
         {Case{{"0"}, "0"}, Case{{"10000000", "10000000"}, "10000000"},
          Case{{"0", "10000000"}, "0 (conflict)"}, Case{{"10000000", "0"}, "10000000 (conflict)"},
          Case{{"10000000", "0", "0"}, "10000000 (conflict)"},
          Case{{"0", "0", "10000000"}, "0 (conflict)"}}) {
        CAPTURE(text);
        CHECK(combined("kernel.halt_poll_ns", "200000", claims) == text);
    }
}
