// power.max_frequency, and its common properties with power.min_frequency.
#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
HostFacts two_policies() {
    auto facts = host_with_nodes(1);
    add_cpufreq(facts, 0, {0, 1});
    add_cpufreq(facts, 2, {2, 3});
    facts.cpufreq[1].highest = 2'900'000; // an efficient core
    return facts;
}

Domain pinned_to(std::initializer_list<CpuSet> pins) { return with_pins(domain_with_memory(GiB), pins); }

std::string claim_text(int policy, const char* file, const char* value, const char* enforce,
                       const char* cpus) {
    const std::string name = "policy" + std::to_string(policy);
    return "/sys/devices/system/cpu/cpufreq/" + name + "/" + file + " [" + name + "] = " + value +
           "; start, " + enforce + "; win11.toml:2:1; vCPUs are pinned to CPU " + cpus + "\n";
}
} // namespace

TEST_CASE("a frequency is claimed for the policies with pinned CPUs; words mean each policy's limits") {
    struct Case {
        std::string key;
        SettingValue value;
        Domain domain;
        std::string text;
    };
    for (const auto& [key, value, domain, text] :
         {Case{"power.min_frequency", "leave", pinned_to({{0}}), ""},
          Case{"power.min_frequency", std::int64_t{2'000'000}, pinned_to({{1}}),
               claim_text(0, "scaling_min_freq", "2000000", "best-effort", "1")},
          Case{"power.min_frequency", "max", pinned_to({{1}, {2}}),
               claim_text(0, "scaling_min_freq", "3500000", "best-effort", "1") +
                   claim_text(2, "scaling_min_freq", "2900000", "best-effort", "2")},
          Case{"power.max_frequency", "min", pinned_to({{2, 3}}),
               claim_text(2, "scaling_max_freq", "800000", "best-effort", "2-3")},
          Case{"power.max_frequency", "max", pinned_to({{3}}),
               claim_text(2, "scaling_max_freq", "2900000", "best-effort", "3")}}) {
        CAPTURE(text);
        CHECK(text_of(plan_of(key, {domain, policy_with({{key, value}}), two_policies()})) == text);
    }
}

TEST_CASE("a frequency that cannot be claimed has a reason, as severe as the policy demands") {
    const auto policy = policy_with({{"power.max_frequency", "max"}});
    auto facts = two_policies();
    facts.cpufreq[0].highest = 0;
    const std::string no_limits =
        "power.max_frequency: the cpufreq driver policy0 does not report its limits\n"
        "  hint: write a frequency such as \"2GHz\"\n";
    CHECK(text_of(plan_of("power.max_frequency", {pinned_to({{0}}), policy, facts})) ==
          "win11.toml:2:1: warning: " + no_limits);
    CHECK(text_of(plan_of("power.max_frequency", {pinned_to({{0}}), required(policy, "power"), facts})) ==
          "win11.toml:2:1: error: " + no_limits);
    CHECK(text_of(plan_of("power.max_frequency", {pinned_to({{0}}), policy, host_with_nodes(1)})) ==
          "win11.toml:2:1: warning: power.max_frequency has no effect: this host does not have cpufreq "
          "policies\n");
    CHECK(text_of(plan_of("power.max_frequency", {domain_with_memory(GiB), policy, facts})) ==
          "win11.toml:2:1: warning: power.max_frequency has no effect: the domain's vCPUs are not pinned\n"
          "  hint: add <vcpupin> elements to the domain's <cputune>\n");
}

TEST_CASE("the highest frequency wins, by number") {
    in_each_order({"900000", "2500000", "1000000"}, [](const auto& claims) {
        CHECK(combined("power.min_frequency", "800000", claims) == "2500000 (outranked)");
        CHECK(combined("power.max_frequency", "3500000", claims) == "2500000 (outranked)");
    });
    CHECK(combined("power.max_frequency", "3500000", {"800000", "800000"}) == "800000");
}

TEST_CASE("a limit may read less than was written, never more") {
    const Knob& knob = *find_knob("power.max_frequency");
    KnobRecord record;
    record.baseline = "3500000";
    record.wrote = "2500000";
    CHECK(knob.knows(record, "2500000"));
    CHECK(knob.knows(record, "1200000"));
    CHECK(knob.knows(record, "3500000"));
    CHECK_FALSE(knob.knows(record, "3000000"));
    CHECK_FALSE(knob.knows(record, "<unknown>"));
}
