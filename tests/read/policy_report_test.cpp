// [report]: targets for a report's figures. No knob reads this table.
#include "read/policy_toml.hpp"

#include <doctest/doctest.h>
#include <utility>

using namespace hostlease;

namespace {
tl::expected<Policy, Diagnostics> read(const std::string& text) {
    return read_policy("version = 1\n" + text, "p.toml", "p", {});
}
} // namespace

TEST_CASE("policy: targets of [report], percents and times") {
    const auto policy = read("[report]\nidle_cpu = [3, 4]\ndisk_latency = [\"2ms\", \"1s\"]\n");
    REQUIRE(policy);
    CHECK(policy->report == std::vector<ReportTarget>{{"idle_cpu", 3, 4, {"p.toml", 3, 12}},
                                                      {"disk_latency", 2, 1000, {"p.toml", 4, 16}}});
    CHECK(policy->leases_nothing());
}

TEST_CASE("policy: targets of a policy replace its base's, one by one") {
    const auto base = read("report.idle_cpu = [3, 4]\nreport.steal = [1, 2]").value();
    const auto lookup = [&](std::string_view) {
        return std::optional(tl::expected<Policy, Diagnostics>(base));
    };
    const auto policy = follow_extends(read("extends = \"base\"\nreport.steal = [0, 1]").value(), lookup);
    REQUIRE(policy);
    REQUIRE(policy->report.size() == 2);
    CHECK(policy->report[0].acceptable == 1);
    CHECK(policy->report[1] == base.report[0]);
}

TEST_CASE("policy: mistakes in [report]") {
    const std::string percents = " takes a good and an acceptable limit, two integers from 0 to 100 in "
                                 "percent, the smaller first, not ";
    const std::string times =
        " takes a good and an acceptable limit, two times in whole milliseconds, the smaller first, not ";
    const std::pair<std::string, std::string> rows[] = {
        {"report = 1", "p.toml:2:10: error: report takes a table, not an integer\n  hint: write [report]\n"},
        {"report.stale = [1, 2]",
         "p.toml:2:8: error: unknown key 'report.stale'\n  hint: did you mean 'report.steal'?\n"},
        {"report.steal = 5",
         "p.toml:2:16: error: report.steal" + percents + "5\n  hint: write steal = [1, 5]\n"},
        {"report.steal = [5, 1]",
         "p.toml:2:16: error: report.steal" + percents + "[5, 1]\n  hint: write steal = [1, 5]\n"},
        {"report.steal = [1, 101]",
         "p.toml:2:16: error: report.steal" + percents + "[1, 101]\n  hint: write steal = [1, 5]\n"},
        {"report.disk_latency = [\"1us\", \"1ms\"]",
         "p.toml:2:23: error: report.disk_latency" + times +
             "[\"1us\", \"1ms\"]\n  hint: write disk_latency = [\"10ms\", \"20ms\"]\n"},
        {"report.boot_time = [1, 2]", "p.toml:2:20: error: report.boot_time" + times +
                                          "[1, 2]\n  hint: write boot_time = [\"25s\", \"40s\"]\n"},
        {"report.disk_latency = [1, 2]", "p.toml:2:23: error: report.disk_latency" + times +
                                             "[1, 2]\n  hint: write disk_latency = [\"10ms\", \"20ms\"]\n"}};
    for (const auto& [text, fault] : rows) {
        const auto policy = read(text);
        CHECK((policy ? "fine" : policy.error().text()) == fault);
    }
}
