#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const Policy on = policy_with({{"power.boost", true}});
const Policy off = policy_with({{"power.boost", false}});

enum class Switches { of_policies, of_the_host, no_turbo, none };

HostFacts host_with(Switches switches) {
    auto facts = host_with_nodes(1);
    add_cpufreq(facts, 0, {0, 1});
    add_cpufreq(facts, 2, {2, 3});
    // in addition to those of the policies
    if (switches != Switches::none) facts.boost_path = "/sys/devices/system/cpu/cpufreq/boost";
    if (switches == Switches::no_turbo) facts.boost_path = "/sys/devices/system/cpu/intel_pstate/no_turbo";
    for (auto& cpufreq : facts.cpufreq)
        cpufreq.has_boost = switches == Switches::of_policies;
    return facts;
}

Domain pinned_to(std::initializer_list<CpuSet> pins) { return with_pins(domain_with_memory(GiB), pins); }

std::string policy_text(int policy, const char* value, const char* enforce, const char* cpus) {
    const std::string name = "policy" + std::to_string(policy);
    return "/sys/devices/system/cpu/cpufreq/" + name + "/boost [" + name + "] = " + value + "; start, " +
           enforce + "; win11.toml:2:1; vCPUs are pinned to CPU " + cpus + "\n";
}

std::string host_text(const std::string& path, const char* value) {
    return "/sys/devices/system/cpu/" + path + "] = " + value +
           "; start, best-effort; win11.toml:2:1; the host has a single switch\n";
}
} // namespace

TEST_CASE("power.boost claims the switches of the pinned policies, else that of the host, with its meaning") {
    struct Case {
        Policy policy;
        Domain domain;
        Switches switches;
        std::string text;
    };
    for (const auto& [policy, domain, switches, text] :
         {Case{policy_with({}), pinned_to({{0}}), Switches::of_policies, ""},
          Case{policy_with({{"power.boost", "leave"}}), pinned_to({{0}}), Switches::of_policies, ""},
          Case{on, pinned_to({{1}}), Switches::of_policies, policy_text(0, "1", "best-effort", "1")},
          Case{off, pinned_to({{1, 2}}), Switches::of_policies,
               policy_text(0, "0", "best-effort", "1") + policy_text(2, "0", "best-effort", "2")},
          Case{required(on, "power"), pinned_to({{2}, {3}}), Switches::of_policies,
               policy_text(2, "1", "required", "2-3")},
          Case{on, pinned_to({{1, 2}}), Switches::of_the_host, host_text("cpufreq/boost [boost", "1")},
          Case{off, pinned_to({{1}}), Switches::of_the_host, host_text("cpufreq/boost [boost", "0")},
          Case{on, pinned_to({{1, 2}}), Switches::no_turbo,
               host_text("intel_pstate/no_turbo [no_turbo", "0")},
          Case{off, pinned_to({{1}}), Switches::no_turbo,
               host_text("intel_pstate/no_turbo [no_turbo", "1")}}) {
        CAPTURE(text);
        CHECK(text_of(plan_of("power.boost", {domain, policy, host_with(switches)})) == text);
    }
}

TEST_CASE("power.boost says why it has no effect, as severely as the policy demands") {
    CHECK(text_of(plan_of("power.boost", {domain_with_memory(GiB), on, host_with(Switches::of_the_host)})) ==
          "win11.toml:2:1: warning: power.boost has no effect: the domain's vCPUs are not pinned\n"
          "  hint: add <vcpupin> elements to the domain's <cputune>\n");
    const std::string rest =
        "power.boost: this host does not have a boost switch\n  hint: remove it from the policy\n";
    CHECK(text_of(plan_of("power.boost", {pinned_to({{0}}), on, host_with(Switches::none)})) ==
          "win11.toml:2:1: warning: " + rest);
    CHECK(text_of(plan_of("power.boost", {pinned_to({{0}}), required(on, "power"),
                                          host_with(Switches::none)})) == "win11.toml:2:1: error: " + rest);
}

TEST_CASE("power.boost is on if one VM wants it, whichever way the switch reads") {
    in_each_order({"0", "1"}, [](const auto& claims) {
        CHECK(combined("power.boost", "0", claims, "policy0") == "1 (outranked)");
        CHECK(combined("power.boost", "0", claims, "boost") == "1 (outranked)");
        CHECK(combined("power.boost", "0", claims, "no_turbo") == "0 (outranked)");
    });
    for (const std::string target : {"policy0", "boost", "no_turbo"})
        for (const std::string value : {"0", "1"})
            CHECK(combined("power.boost", "0", {value, value}, target) == value);
}
