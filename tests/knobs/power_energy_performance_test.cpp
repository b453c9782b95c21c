#include "support/builders.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
Policy preference(SettingValue value) {
    return policy_with({{"power.energy_performance", std::move(value)}});
}

HostFacts host_with_cpufreq() {
    auto facts = host_with_nodes(1);
    add_cpufreq(facts, 0, {0, 1});
    add_cpufreq(facts, 2, {2, 3});
    return facts;
}

Domain pinned_to(std::initializer_list<CpuSet> pins) { return with_pins(domain_with_memory(GiB), pins); }

std::string claim_text(int policy, const char* value, const char* enforce, const char* cpus) {
    const std::string name = "policy" + std::to_string(policy);
    return "/sys/devices/system/cpu/cpufreq/" + name + "/energy_performance_preference [" + name +
           "] = " + value + "; start, " + enforce + "; win11.toml:2:1; vCPUs are pinned to CPU " + cpus +
           "\n";
}
} // namespace

TEST_CASE("power.energy_performance claims each cpufreq policy that holds a pinned CPU") {
    struct Case {
        Policy policy;
        Domain domain;
        std::string text;
    };
    for (const auto& [policy, domain, text] :
         {Case{policy_with({}), pinned_to({{0}}), ""}, Case{preference("leave"), pinned_to({{0}}), ""},
          Case{preference("performance"), pinned_to({{1}}), claim_text(0, "performance", "best-effort", "1")},
          Case{preference(64), pinned_to({{2}, {3}}), claim_text(2, "64", "best-effort", "2-3")},
          Case{preference(0), pinned_to({{1, 2}}),
               claim_text(0, "performance", "best-effort", "1") +
                   claim_text(2, "performance", "best-effort", "2")},
          Case{preference(255), pinned_to({{0}}), claim_text(0, "power", "best-effort", "0")},
          Case{preference(254), pinned_to({{0}}), claim_text(0, "254", "best-effort", "0")},
          Case{required(preference("balance_power"), "power"), pinned_to({{0}}),
               claim_text(0, "balance_power", "required", "0")}}) {
        CAPTURE(text);
        CHECK(text_of(plan_of("power.energy_performance", {domain, policy, host_with_cpufreq()})) == text);
    }
}

TEST_CASE("power.energy_performance says why it has no effect") {
    const auto policy = preference("performance");
    const auto unpinned =
        plan_of("power.energy_performance", {domain_with_memory(GiB), policy, host_with_cpufreq()});
    CHECK(
        text_of(unpinned) ==
        "win11.toml:2:1: warning: power.energy_performance has no effect: the domain's vCPUs are not pinned\n"
        "  hint: add <vcpupin> elements to the domain's <cputune>\n");
    const auto no_cpufreq =
        plan_of("power.energy_performance", {pinned_to({{0}}), policy, host_with_nodes(1)});
    CHECK(text_of(no_cpufreq) == "win11.toml:2:1: warning: power.energy_performance has no effect: this host "
                                 "does not have cpufreq policies\n");
}

TEST_CASE("power.energy_performance: the value that saves least wins, among words and numbers") {
    struct Case {
        std::vector<std::string> claims;
        std::string text;
    };
    for (const auto& [claims, text] :
         {Case{{"power", "performance"}, "performance (outranked)"},
          Case{{"balance_performance", "default"}, "balance_performance (outranked)"},
          Case{{"balance_power", "default"}, "default (outranked)"},
          Case{{"balance_power", "power"}, "balance_power (outranked)"}, Case{{"power", "power"}, "power"},
          Case{{"10", "9"}, "9 (outranked)"}, Case{{"255", "64", "128"}, "64 (outranked)"},
          Case{{"1", "performance"}, "performance (outranked)"},
          Case{{"127", "balance_performance"}, "127 (outranked)"},
          Case{{"130", "default"}, "default (outranked)"}, Case{{"191", "balance_power"}, "191 (outranked)"},
          Case{{"unheard_of", "power"}, "power (outranked)"}})
        in_each_order(claims, [&, said = text](const auto& ordered) {
            CAPTURE(ordered.front());
            CHECK(combined("power.energy_performance", "balance_performance", ordered) == said);
        });
}

TEST_CASE("of preferences that power.energy_performance ranks equal, the oldest wins") {
    CHECK(combined("power.energy_performance", "default", {"128", "balance_performance"}) ==
          "128 (outranked)");
    CHECK(combined("power.energy_performance", "default", {"balance_performance", "128"}) ==
          "balance_performance (outranked)");
    CHECK(combined("power.energy_performance", "default", {"odd", "strange"}) == "odd (outranked)");
}

TEST_CASE("power.energy_performance is written before the governor, which may refuse it") {
    const auto knobs = all_knobs();
    CHECK(std::find(knobs.begin(), knobs.end(), find_knob("power.energy_performance")) <
          std::find(knobs.begin(), knobs.end(), find_knob("power.governor")));
}

TEST_CASE("power.energy_performance and a governor that accepts no other preference are set and restored "
          "together") {
    World world("version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = "
                "\"leave\"\n[power]\nenforce = \"required\"\n"
                "governor = \"performance\"\nenergy_performance = \"performance\"\n");
    world.pool(1).persistent = 64;
    FakeVm vm = make_vm(1, 64);
    const auto before = world.host.snapshot();
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    const std::string policy4 = "/sys/devices/system/cpu/cpufreq/policy4/";
    CHECK(world.host.files[policy4 + "energy_performance_preference"] == "performance\n");
    CHECK(world.host.files[policy4 + "scaling_governor"] == "performance\n");
    world.libvirt.bring_down(world.host, vm);
    CHECK(difference(before, world.host.snapshot()) == "");
}
