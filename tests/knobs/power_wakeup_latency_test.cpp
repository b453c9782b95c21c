#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
Policy latency(SettingValue value) { return policy_with({{"power.wakeup_latency", std::move(value)}}); }

Policy micros(std::int64_t count) { return latency(std::chrono::microseconds(count)); }

Domain pinned_to(std::initializer_list<CpuSet> pins) { return with_pins(domain_with_memory(GiB), pins); }

std::string claim_text(int cpu, const char* value, const char* enforce) {
    const std::string name = "cpu" + std::to_string(cpu);
    return "/sys/devices/system/cpu/" + name + "/power/pm_qos_resume_latency_us [" + name + "] = " + value +
           "; start, " + enforce + "; win11.toml:2:1; vCPUs are pinned to CPU " + std::to_string(cpu) + "\n";
}
} // namespace

TEST_CASE("power.wakeup_latency claims each pinned CPU that is online, in the kernel's words") {
    struct Case {
        Policy policy;
        Domain domain;
        std::string text;
    };
    for (const auto& [policy, domain, text] :
         {Case{policy_with({}), pinned_to({{0}}), ""}, Case{latency("leave"), pinned_to({{0}}), ""},
          Case{micros(50), pinned_to({{1}}), claim_text(1, "50", "best-effort")},
          Case{micros(0), pinned_to({{1}}), claim_text(1, "n/a", "best-effort")},
          Case{latency("none"), pinned_to({{1}}), claim_text(1, "0", "best-effort")},
          Case{micros(2000), pinned_to({{2}, {0, 2}}),
               claim_text(0, "2000", "best-effort") + claim_text(2, "2000", "best-effort")},
          Case{micros(1), pinned_to({{3, 4, 99}}), claim_text(3, "1", "best-effort")},
          Case{micros(2'147'483'646), pinned_to({{3}}), claim_text(3, "2147483646", "best-effort")},
          Case{required(micros(50), "power"), pinned_to({{0}}), claim_text(0, "50", "required")}}) {
        CAPTURE(text);
        CHECK(text_of(plan_of("power.wakeup_latency", {domain, policy, host_with_nodes(1)})) == text);
    }
}

TEST_CASE("power.wakeup_latency says why it has no effect") {
    const auto unpinned =
        plan_of("power.wakeup_latency", {domain_with_memory(GiB), micros(50), host_with_nodes(1)});
    CHECK(text_of(unpinned) ==
          "win11.toml:2:1: warning: power.wakeup_latency has no effect: the domain's vCPUs are not pinned\n"
          "  hint: add <vcpupin> elements to the domain's <cputune>\n");
}

TEST_CASE("power.wakeup_latency refuses a time that exceeds the kernel's range") {
    auto policy = micros(2'147'483'647);
    policy.settings["power.wakeup_latency"].text = "\"2147483647us\"";
    CHECK(text_of(plan_of("power.wakeup_latency", {pinned_to({{0}}), policy, host_with_nodes(1)})) ==
          "win11.toml:2:1: error: power.wakeup_latency: \"2147483647us\" exceeds the kernel's range\n"
          "  hint: \"none\" means no limit\n");
}

TEST_CASE("power.wakeup_latency: the shortest wins, in any order") {
    struct Case {
        std::vector<std::string> claims;
        std::string text;
    };
    for (const auto& [claims, text] :
         {Case{{"50"}, "50"}, Case{{"50", "50"}, "50"}, Case{{"50", "9"}, "9 (outranked)"},
          Case{{"n/a", "1"}, "n/a (outranked)"}, Case{{"0", "2147483646"}, "2147483646 (outranked)"},
          Case{{"0", "n/a"}, "n/a (outranked)"}, Case{{"0", "0"}, "0"}, Case{{"n/a", "n/a"}, "n/a"},
          Case{{"0", "100", "20"}, "20 (outranked)"}, Case{{"0", "n/a", "20"}, "n/a (outranked)"}})
        in_each_order(claims, [&, said = text](const auto& ordered) {
            CAPTURE(ordered.front());
            CHECK(combined("power.wakeup_latency", "0", ordered) == said);
        });
}
