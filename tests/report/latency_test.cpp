#include "advice/report/latency.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <sstream>

using namespace hostlease;

namespace {
std::string captured(const std::string& name) {
    std::ifstream file(std::string(TEST_DATA_DIR) + "/measure/" + name);
    REQUIRE(file.is_open());
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

Latencies latencies(std::map<unsigned, std::uint64_t> counts, std::uint64_t above = 0) {
    return {std::move(counts), above, 1000, 0, 1};
}
} // namespace

TEST_CASE("latency: quantiles") {
    struct Row {
        Latencies latencies;
        double share;
        Quantile quantile;
    };
    for (const auto& row : {
             Row{latencies({{3, 1}}), 0.5, {3, false}},
             Row{latencies({{1, 50}, {2, 50}}), 0.5, {1, false}},
             Row{latencies({{1, 49}, {2, 51}}), 0.5, {2, false}},
             Row{latencies({{1, 99}, {700, 1}}), 0.99, {1, false}},
             Row{latencies({{1, 98}, {700, 2}}), 0.99, {700, false}},
             Row{latencies({{1, 98}}, 2), 0.99, {1000, true}},
             Row{latencies({{1, 99}}, 1), 0.99, {1, false}},
             Row{latencies({}, 5), 0.5, {1000, true}},
             Row{latencies({{1, 1}, {2, 1}}), 1, {2, false}},
         }) {
        CAPTURE(row.share);
        CHECK(quantile(row.latencies, row.share) == row.quantile);
    }
}

TEST_CASE("latency: gaps of a loop are the turns longer than its usual time") {
    CHECK(gaps_of(latencies({{1, 1'000'000}, {2, 3}, {40, 1}}, 2)).total() == 6);
    CHECK(gaps_of(latencies({{2, 1'000'000}, {3, 3}})).counts == std::map<unsigned, std::uint64_t>{{3, 3}});
    CHECK(gaps_of(latencies({{1, 10}})).longest == 0);
    CHECK(gaps_of(latencies({})).total() == 0);
}

TEST_CASE("latency: invalid output of a tool") {
    struct Row {
        std::string_view json;
        std::string_view what;
    };
    for (const auto& row : {
             Row{"", "its output is not valid JSON (oslat:1:1)"},
             Row{"{}", "its output lists no threads"},
             Row{R"({"thread": []})", "its output lists no threads"},
             Row{R"({"thread": {"0": {"cpu": 1}}})", "its output for thread 0 is not in a known format"},
             Row{R"({"thread": {"0": {"cpu": 1, "max": 2, "histogram": {"x": 1}, "duration": 1}}})",
                 "its output for thread 0 is not in a known format"},
         }) {
        CAPTURE(row.json);
        const auto read = read_oslat(row.json, 1000);
        REQUIRE_FALSE(read);
        CHECK(read.error() == row.what);
    }
    CHECK_FALSE(read_cyclictest(R"({"thread": {"0": {"cpu": 1, "max": 2, "histogram": {"1": 1}}}})", 1000));
}

TEST_CASE("latency: the last bucket of oslat contains everything longer") {
    const auto read = read_oslat(
        R"({"thread": {"0": {"cpu": 1, "max": 2500, "histogram": {"1": 9, "10": 2}, "duration": 1.5}}})", 10);
    REQUIRE(read);
    CHECK(read->at(1) == Latencies{{{1, 9}}, 2, 10, 2500, 1.5});
}

TEST_CASE("latency: samples that cyclictest did not put into a bucket took longer") {
    const auto read = read_cyclictest(
        R"({"thread": {"0": {"cpu": 3, "max": 2500, "histogram": {"1": 9, "7": 0}, "cycles": 11}}})", 1000);
    REQUIRE(read);
    CHECK(read->at(3) == Latencies{{{1, 9}}, 2, 1000, 2500, 0});
}

TEST_CASE("latency: oslat's output in two versions") {
    const auto old = read_oslat(captured("oslat-2.4.json"), 1000);
    REQUIRE(old);
    REQUIRE(old->size() == 1);
    CHECK(old->at(0).counts.begin()->first == 1);
    CHECK(old->at(0).counts.at(1) == 12290837);
    CHECK(old->at(0).longest == 20057);
    CHECK(old->at(0).seconds == 1.001);
    const auto read = read_oslat(captured("oslat-2.6.json"), 1000);
    REQUIRE(read);
    REQUIRE(read->size() == 2);
    CHECK(read->at(6).counts.begin()->first == 1); // named 2 in the output, with a minimum of 1
    CHECK(read->at(6).counts.at(1) == 1020514);
    CHECK(read->at(6).above == 21);
    CHECK(read->at(6).limit == 999);
    CHECK(read->at(7).seconds == 1.052);
}

TEST_CASE("latency: cyclictest's output in two versions") {
    const auto old = read_cyclictest(captured("cyclictest-2.4.json"), 1000);
    REQUIRE(old);
    REQUIRE(old->size() == 2);
    CHECK(old->at(0).total() == 1000);
    CHECK(old->at(0).counts.at(20) == 25);
    CHECK(old->at(0).longest == 976);
    const auto read = read_cyclictest(captured("cyclictest-2.6.json"), 1000);
    REQUIRE(read);
    REQUIRE(read->size() == 2);
    CHECK(read->at(6).counts.at(64) == 2);
    CHECK(read->at(6).above > 0);
    CHECK(quantile(read->at(6), 0.99).is_at_least);
}
