#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("power.min_frequency is written unchanged, whatever the maximum: the kernel limits it") {
    auto facts = host_with_nodes(1);
    add_cpufreq(facts, 0, {0, 1});
    const auto domain = with_pins(domain_with_memory(GiB), {{0}});
    const auto policy =
        policy_with({{"power.min_frequency", std::int64_t{9'000'000}}, {"power.max_frequency", "min"}});
    CHECK(text_of(plan_of("power.min_frequency", {domain, policy, facts})) ==
          "/sys/devices/system/cpu/cpufreq/policy0/scaling_min_freq [policy0] = 9000000; start, best-effort; "
          "win11.toml:2:1; "
          "vCPUs are "
          "pinned to CPU 0\n");
    CHECK(find_knob("power.min_frequency")->exactness == Exactness::nearby);
}
