#include "advice/report/compare.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;

namespace {
Figure figure(std::string_view group, std::string_view quantity, std::optional<double> value) {
    const auto kinds = figure_kinds();
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const FigureKind& kind) {
        return kind.group == group && kind.quantity == quantity;
    });
    REQUIRE(found != kinds.end());
    return {&*found, "", value, value ? "" : "why"};
}

Baseline baseline(std::string name, double value) { return {"vm", "uuid", 1, 5, {{std::move(name), value}}}; }
} // namespace

TEST_CASE("compare: which figures are regressions") {
    struct Row {
        std::string_view group;
        std::string_view quantity;
        double before;
        std::optional<double> now;
        bool is_regression;
    };
    for (const auto& row : {
             Row{"cpu", "total", 10, 15, true},
             Row{"cpu", "total", 10, 12, false},   // less than 20 % and 2 points more
             Row{"cpu", "total", 100, 115, false}, // less than 20 % more
             Row{"cpu", "total", 1, 2.5, false},   // less than 2 points more
             Row{"cpu", "total", 0, 3, true},
             Row{"cpu", "total", 15, 10, false},
             Row{"cpu", "total", 10, std::nullopt, false},
             Row{"cpu", "user", 0, 100, false}, // neither direction is worse
             Row{"vcpu", "delay", 0, 0.6, true},
             Row{"block", "read_latency", 1, 1.5, true},
             Row{"block", "write_latency", 0.1, 0.2, false},
             Row{"memory", "balloon_taken", 1e9, 1e9 + 2e6, true},
             Row{"memory", "balloon_taken", 1e9, 1e9 + 1e6, false},
             Row{"memory", "guest_usable", 1e9, 0.5e9, true},
             Row{"memory", "guest_usable", 0.5e9, 1e9, false},
             Row{"start", "total", 100, 300, true},
             Row{"start", "total", 1, 90, false},
         }) {
        CAPTURE(row.group);
        CAPTURE(row.quantity);
        CAPTURE(row.before);
        const std::vector<Figure> figures{figure(row.group, row.quantity, row.now)};
        const auto changes = compare(figures, baseline(figures[0].name(), row.before));
        REQUIRE(changes.size() == 1);
        CHECK(changes[0].before == row.before);
        CHECK(changes[0].is_regression == row.is_regression);
    }
}

TEST_CASE("compare: which scores are regressions") {
    struct Row {
        Score before;
        GroupScore now;
        bool is_regression;
    };
    for (const auto& row : {
             Row{{14, 14}, {RuleGroup::hyperv, 13, 14}, true},
             Row{{13, 14}, {RuleGroup::hyperv, 13, 14}, false},
             Row{{13, 14}, {RuleGroup::hyperv, 14, 14}, false},
             Row{{13, 14}, {RuleGroup::hyperv, 12, 13}, false}, // one failure as before, but of fewer rules
             Row{{10, 14}, {RuleGroup::hyperv, 3, 6}, false},   // a larger share, but fewer failures
             Row{{1, 2}, {RuleGroup::hyperv, 8, 10}, false},    // more failures, but of far more rules
             Row{{4, 4}, {RuleGroup::hyperv, 4, 5}, true},
             Row{{0, 0}, {RuleGroup::hyperv, 4, 5}, false},
         }) {
        CAPTURE(row.before.passed);
        CAPTURE(row.now.passed);
        Baseline earlier{"vm", "uuid", 1, 5, {}};
        earlier.scores = {{"hyper-v", row.before}};
        const std::vector<GroupScore> scores{row.now, {RuleGroup::memory, 0, 5}};
        const auto changes = compare(scores, earlier);
        REQUIRE(changes.size() == 2);
        CHECK(changes[0].before == row.before);
        CHECK(changes[0].is_regression == row.is_regression);
        CHECK_FALSE(changes[1].before);
        CHECK_FALSE(changes[1].is_regression);
    }
}

TEST_CASE("compare: a figure that the earlier report lacks is no regression") {
    const std::vector<Figure> figures{figure("cpu", "total", 90)};
    const auto changes = compare(figures, baseline("cpu.user", 1));
    REQUIRE(changes.size() == 1);
    CHECK_FALSE(changes[0].before);
    CHECK_FALSE(changes[0].is_regression);
}

TEST_CASE("baseline: the parts of a report that are read") {
    const auto read = read_baseline(R"({"format": "hostlease-report-1", "taken": 1764000000, "seconds": 5,
        "domain": {"name": "vm", "uuid": "u"}, "more": {}, "audit": {"scores": [{"group": "hyper-v", "passed": 13, "of": 14}]},
        "figures": [{"name": "cpu.total", "value": 12.5}, {"name": "cpu.user", "value": 3}, {"name": "cpu.system", "not_available": "x"}]})",
                                    "file");
    REQUIRE(read);
    CHECK(read->domain == "vm");
    CHECK(read->uuid == "u");
    CHECK(read->taken == 1764000000);
    CHECK(read->seconds == 5);
    CHECK(read->figures == std::map<std::string, double, std::less<>>{{"cpu.total", 12.5}, {"cpu.user", 3}});
    CHECK(read->scores == std::map<std::string, Score, std::less<>>{{"hyper-v", {13, 14}}});
}

TEST_CASE("baseline: an invalid one is reported") {
    struct Row {
        std::string text;
        std::string message;
    };
    const std::string rest = R"("taken": 1, "seconds": 5, "domain": {"name": "vm", "uuid": "u"}, )";
    for (
        const auto& row :
        {Row{"{", "file:1:2: error: this is not valid JSON"},
         Row{"[]", "file: error: this is not a hostlease report"},
         Row{R"({"leases": []})", "file: error: this is not a hostlease report"},
         Row{R"({"format": "hostlease-report-9"})",
             "file: error: this version reads reports in format hostlease-report-1, not"},
         Row{R"({"format": "hostlease-report-1"})",
             "file: error: this report lacks its domain, time or figures"},
         Row{"{" + rest + R"("format": "hostlease-report-1", "figures": {}})",
             "file: error: this report lacks"},
         Row{R"({"domain": 5, "format": "hostlease-report-1", "figures": []})",
             "file: error: this report lacks"},
         Row{"{" + rest + R"("format": "hostlease-report-1", "figures": [5]})",
             "file: error: a figure of this report has no name"},
         Row{"{" + rest +
                 R"("format": "hostlease-report-1", "figures": [], "audit": {"scores": [{"group": "cpu", "passed": 2, "of": 1}]}})",
             "file: error: a score of this report lacks its group or its numbers"},
         Row{"{" + rest +
                 R"("format": "hostlease-report-1", "figures": [], "audit": {"scores": [{"passed": 2, "of": 3}]}})",
             "file: error: a score of this report lacks its group or its numbers"}}) {
        const auto read = read_baseline(row.text, "file");
        REQUIRE_FALSE(read);
        CAPTURE(read.error().text());
        CHECK(read.error().text().starts_with(row.message));
        CHECK(read.error().hint == "run `hostlease report DOMAIN --json > FILE` to create one");
    }
}
