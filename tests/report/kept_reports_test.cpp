#include "advice/report/kept_reports.hpp"

#include <doctest/doctest.h>

using namespace hostlease;

namespace {
constexpr std::int64_t now = 1'764'000'000; // 2025-11-24 16:00:00 UTC
constexpr std::int64_t day = 24 * 3600;
} // namespace

TEST_CASE("kept reports: a name contains the VM and the time") {
    CHECK(kept_name("win11", now) == "win11-20251124T160000Z.json");
    CHECK(kept_name("../a b", now) == ".._a b-20251124T160000Z.json");
}

TEST_CASE("kept reports: the newest of each VM stay") {
    std::vector<std::string> names;
    for (std::int64_t age = 0; age < 32; ++age) {
        names.push_back(kept_name("a", now - age * day));
        names.push_back(kept_name("a-1", now - age * day - 5));
    }
    CHECK(outdated_reports(names, now) == std::vector<std::string>{kept_name("a", now - 31 * day),
                                                                   kept_name("a", now - 30 * day),
                                                                   kept_name("a-1", now - 31 * day - 5),
                                                                   kept_name("a-1", now - 30 * day - 5)});
    names.resize(60);
    CHECK(outdated_reports(names, now).empty());
}

TEST_CASE("kept reports: reports older than 90 days are removed, including those of removed VMs") {
    const std::vector<std::string> names{kept_name("gone", now - 90 * day),
                                         kept_name("gone", now - 90 * day - 1)};
    CHECK(outdated_reports(names, now) == std::vector<std::string>{kept_name("gone", now - 90 * day - 1)});
}

TEST_CASE("kept reports: other files are left alone") {
    const std::vector<std::string> names{"win11.json",
                                         "-20001124T160000Z.json",
                                         "win11-20001124T160000Z.jso",
                                         "win11-20001124T16000xZ.json",
                                         "win11-20001124-160000Z.json",
                                         "win11-20001124T160000Z.json.old",
                                         "20001124T160000Z.json"};
    CHECK(outdated_reports(names, now).empty());
}
