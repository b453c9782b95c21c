#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("memory.numa_balancing accepts off, on and the kernel's numbers") {
    struct Case {
        Policy policy;
        std::string text;
    };
    for (const auto& [policy, text] : {
             Case{policy_with({}), ""},
             Case{policy_with({{"memory.numa_balancing", "leave"}}), ""},
             Case{policy_with({{"memory.numa_balancing", "off"}}),
                  "/proc/sys/kernel/numa_balancing [numa_balancing] = 0; start, "
                  "best-effort; win11.toml:2:1; memory.numa_balancing = off\n"},
             Case{policy_with({{"memory.numa_balancing", "on"}}),
                  "/proc/sys/kernel/numa_balancing [numa_balancing] = 1; start, "
                  "best-effort; win11.toml:2:1; memory.numa_balancing = on\n"},
             Case{policy_with({{"memory.numa_balancing", 2}}),
                  "/proc/sys/kernel/numa_balancing [numa_balancing] = 2; start, "
                  "best-effort; win11.toml:2:1; memory.numa_balancing = 2\n"},
             Case{policy_with({{"memory.numa_balancing", 0}}),
                  "/proc/sys/kernel/numa_balancing [numa_balancing] = 0; start, "
                  "best-effort; win11.toml:2:1; memory.numa_balancing = 0\n"},
             Case{required(policy_with({{"memory.numa_balancing", "off"}}), "memory"),
                  "/proc/sys/kernel/numa_balancing [numa_balancing] = 0; start, required; win11.toml:2:1; "
                  "memory.numa_balancing "
                  "= off\n"},
         }) {
        CAPTURE(text);
        CHECK(text_of(plan_of("memory.numa_balancing",
                              {domain_with_memory(GiB), policy, host_with_nodes(1)})) == text);
    }
}

TEST_CASE("memory.numa_balancing is off as soon as one VM wants it off, in any order") {
    in_each_order({"0", "1"}, [](const auto& claims) {
        CHECK(combined("memory.numa_balancing", "1", claims) == "0 (outranked)");
    });
    in_each_order({"1", "0", "1"}, [](const auto& claims) {
        CHECK(combined("memory.numa_balancing", "1", claims) == "0 (outranked)");
    });
    in_each_order({"0", "1", "0"}, [](const auto& claims) {
        CHECK(combined("memory.numa_balancing", "0", claims) == "0 (outranked)");
    });
    CHECK(combined("memory.numa_balancing", "1", {"0", "0", "0"}) == "0");
    CHECK(combined("memory.numa_balancing", "0", {"1"}) == "1");
    CHECK(combined("memory.numa_balancing", "0", {"1", "1"}) == "1");
}

TEST_CASE("memory.numa_balancing on and tiering must agree") {
    CHECK(combined("memory.numa_balancing", "0", {"1", "2"}) == "1 (outranked)");
    CHECK(combined("memory.numa_balancing", "0", {"2", "1"}) == "2 (outranked)");
    in_each_order({"0", "1", "2"}, [](const auto& claims) {
        CHECK(combined("memory.numa_balancing", "2", claims) == "0 (outranked)");
    });
}
