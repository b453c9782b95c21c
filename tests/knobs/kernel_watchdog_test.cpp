#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
Scene scene(Domain domain, SettingValue value = "housekeeping") {
    return {std::move(domain), policy_with({{"kernel.watchdog", std::move(value)}}), host_with_nodes(2)};
}

Domain pinned_to(std::initializer_list<CpuSet> pins) { return with_pins(domain_with_memory(GiB), pins); }

std::string claim_text(const std::string& left, const std::string& quiet) {
    return "/proc/sys/kernel/watchdog_cpumask [watchdog_cpumask] = " + left +
           "; start, best-effort; win11.toml:2:1; CPU " + quiet + " belongs to the VM\n";
}
} // namespace

TEST_CASE("kernel.watchdog leaves the watchdog all possible CPUs but the VM's own") {
    CHECK(text_of(plan_of("kernel.watchdog", scene(pinned_to({{4}, {5}})))) == claim_text("0-3,6-7", "4-5"));
    CHECK(text_of(plan_of("kernel.watchdog", scene(pinned_to({{4}}), "leave"))) == "");
    auto larger = scene(pinned_to({{4}, {5}}));
    larger.facts.possible = CpuSet::range(0, 15); // more may be plugged in
    CHECK(text_of(plan_of("kernel.watchdog", larger)) == claim_text("0-3,6-15", "4-5"));
}

TEST_CASE("kernel.watchdog uses the CPUs that [cpus] isolates, if the policy has them") {
    auto listed = scene(pinned_to({{4}, {5}}));
    listed.policy.settings["cpus.isolate"] = setting(CpuSet{4, 5, 6}, {"win11.toml", 3, 1});
    CHECK(text_of(plan_of("kernel.watchdog", listed)) == claim_text("0-3,7", "4-6"));
    listed.policy.settings["cpus.isolate"] = setting("none", {"win11.toml", 3, 1});
    CHECK(plan_of("kernel.watchdog", listed).claims.empty());
}

TEST_CASE("kernel.watchdog says why it has no effect") {
    CHECK(text_of(plan_of("kernel.watchdog", scene(domain_with_memory(GiB)))) ==
          "win11.toml:2:1: warning: kernel.watchdog has no effect: the domain has no CPUs of its own\n"
          "  hint: add <vcpupin> elements to <cputune>, or name CPUs in cpus.isolate\n");
    auto all = scene(pinned_to({CpuSet::range(0, 7)}));
    all.facts.possible = CpuSet::range(0, 15); // CPUs that are not plugged in run no watchdog
    CHECK(text_of(plan_of("kernel.watchdog", all)) ==
          "win11.toml:2:1: warning: kernel.watchdog has no effect: CPU 0-7 is all that the host has\n"
          "  hint: leave the host at least one CPU\n");
}

TEST_CASE("kernel.watchdog avoids the CPUs of all VMs, within its earlier CPUs") {
    CHECK(combined("kernel.watchdog", "0-7", {"0-3,6-7"}) == "0-3,6-7");
    in_each_order({"0-3,6-7", "0-5"}, [](const auto& claims) {
        CHECK(combined("kernel.watchdog", "0-7", claims) == "0-3");
        CHECK(combined("kernel.watchdog", "0-1,4", claims) == "0-1");
    });
}
