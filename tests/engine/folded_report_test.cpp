#include "engine/folded_report.hpp"

#include <doctest/doctest.h>

using namespace hostlease;

namespace {
std::string text_of(const Report& report) {
    std::string text;
    for (const auto& entry : fold_entries(report.entries)) {
        text += entry.message + " [" + entry.knob + "]";
        for (const auto& target : entry.targets)
            text += " " + target;
        text += "\n";
    }
    return text;
}
} // namespace

TEST_CASE("entries that differ only in the CPU, thread or target are one, with every target") {
    Report report;
    for (const auto* cpu : {"policy10", "policy9", "policy4"})
        report.add(Severity::warning, "/cpufreq/" + std::string(cpu) + "/governor is gone", "power.governor",
                   cpu);
    for (const auto* thread : {"123456", "4713", "4714"})
        report.add(Severity::error, "cannot write: /proc/4711/task/" + std::string(thread), "threads.vcpu",
                   thread);
    report.add(Severity::error, "/cpufreq/policy5/governor is gone", "power.governor", "policy5");
    report.add(Severity::warning, "/cpufreq/policy6/governor is gone", "power.boost", "policy6");
    report.add(Severity::note, "nothing that has a number");
    CHECK(text_of(report) ==
          "/cpufreq/policy{4,9-10}/governor is gone [power.governor] policy10 policy9 policy4\n"
          "cannot write: /proc/4711/task/{4713-4714,123456} [threads.vcpu] 123456 4713 4714\n"
          "/cpufreq/policy5/governor is gone [power.governor] policy5\n"
          "/cpufreq/policy6/governor is gone [power.boost] policy6\n"
          "nothing that has a number []\n");
    CHECK(report.entries.size() == 9);
}

TEST_CASE("a report without entries folds to none") { CHECK(fold_entries({}).empty()); }
