#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const Policy performance = policy_with({{"power.governor", "performance"}});

HostFacts host_with_cpufreq() {
    auto facts = host_with_nodes(1);
    add_cpufreq(facts, 0, {0, 1});
    add_cpufreq(facts, 2, {2, 3});
    return facts;
}

Domain pinned_to(std::initializer_list<CpuSet> pins) { return with_pins(domain_with_memory(GiB), pins); }

Domain with_cpuset(const CpuSet& cpus) {
    auto domain = domain_with_memory(GiB);
    domain.vcpu_cpus = cpus;
    return domain;
}

std::string claim_text(int policy, const char* governor, const char* enforce, const char* cpus) {
    const std::string name = "policy" + std::to_string(policy);
    return "/sys/devices/system/cpu/cpufreq/" + name + "/scaling_governor [" + name + "] = " + governor +
           "; start, " + enforce + "; win11.toml:2:1; vCPUs are pinned to CPU " + cpus + "\n";
}
} // namespace

TEST_CASE("power.governor claims each cpufreq policy that holds a pinned CPU") {
    struct Case {
        Policy policy;
        Domain domain;
        std::string text;
    };
    for (const auto& [policy, domain, text] :
         {Case{policy_with({}), pinned_to({{0}}), ""},
          Case{policy_with({{"power.governor", "leave"}}), pinned_to({{0}}), ""},
          Case{performance, pinned_to({{1}}), claim_text(0, "performance", "best-effort", "1")},
          Case{performance, pinned_to({{2}, {3}}), claim_text(2, "performance", "best-effort", "2-3")},
          Case{performance, pinned_to({{1, 2}}),
               claim_text(0, "performance", "best-effort", "1") +
                   claim_text(2, "performance", "best-effort", "2")},
          Case{performance, with_cpuset({3}), claim_text(2, "performance", "best-effort", "3")},
          Case{required(policy_with({{"power.governor", "schedutil"}}), "power"), pinned_to({{0}}),
               claim_text(0, "schedutil", "required", "0")}}) {
        CAPTURE(text);
        CHECK(text_of(plan_of("power.governor", {domain, policy, host_with_cpufreq()})) == text);
    }
}

TEST_CASE("power.governor says why it has no effect") {
    const auto unpinned =
        plan_of("power.governor", {domain_with_memory(GiB), performance, host_with_cpufreq()});
    CHECK(text_of(unpinned) ==
          "win11.toml:2:1: warning: power.governor has no effect: the domain's vCPUs are not pinned\n"
          "  hint: add <vcpupin> elements to the domain's <cputune>\n");
    const auto no_cpufreq = plan_of("power.governor", {pinned_to({{0}}), performance, host_with_nodes(1)});
    CHECK(
        text_of(no_cpufreq) ==
        "win11.toml:2:1: warning: power.governor has no effect: this host does not have cpufreq policies\n");
}

TEST_CASE("power.governor refuses a governor that the driver lacks, as severely as the policy demands") {
    auto facts = host_with_cpufreq();
    facts.cpufreq[1].governors = {"performance", "powersave"}; // as with intel_pstate
    const auto schedutil = policy_with({{"power.governor", "schedutil"}});
    const std::string rest =
        "power.governor: cpufreq policy2 does not have the governor 'schedutil'\n  hint: this "
        "driver has: performance, powersave\n";
    CHECK(text_of(plan_of("power.governor", {pinned_to({{0, 2}}), schedutil, facts})) ==
          claim_text(0, "schedutil", "best-effort", "0") + "win11.toml:2:1: warning: " + rest);
    CHECK(text_of(plan_of("power.governor", {pinned_to({{0, 2}}), required(schedutil, "power"), facts})) ==
          claim_text(0, "schedutil", "required", "0") + "win11.toml:2:1: error: " + rest);
}

TEST_CASE("power.governor: the one that saves least wins, in any order") {
    struct Case {
        std::vector<std::string> claims;
        std::string text;
    };
    for (const auto& [claims, text] :
         {Case{{"powersave", "performance"}, "performance (outranked)"},
          Case{{"ondemand", "schedutil"}, "schedutil (outranked)"},
          Case{{"conservative", "ondemand"}, "ondemand (outranked)"},
          Case{{"powersave", "conservative"}, "conservative (outranked)"},
          Case{{"powersave", "performance", "schedutil"}, "performance (outranked)"},
          Case{{"powersave", "ondemand", "conservative"}, "ondemand (outranked)"},
          Case{{"userspace", "powersave"}, "powersave (outranked)"},
          Case{{"powersave", "powersave", "powersave"}, "powersave"}})
        in_each_order(claims, [&, said = text](const auto& ordered) {
            CAPTURE(ordered.front());
            CHECK(combined("power.governor", "schedutil", ordered) == said);
        });
}

TEST_CASE("of governors that power.governor cannot rank, the oldest wins") {
    CHECK(combined("power.governor", "schedutil", {"userspace", "interactive"}) == "userspace (outranked)");
    CHECK(combined("power.governor", "schedutil", {"interactive", "userspace"}) == "interactive (outranked)");
}
