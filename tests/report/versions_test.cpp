#include "advice/report/compare.hpp"
#include "advice/report/domain_report.hpp"

#include <doctest/doctest.h>

using namespace hostlease;

namespace {
DomainReport example() {
    DomainReport report;
    report.guest.name = "vm";
    report.host.qemu = "7.2.0";
    report.host.libvirt = "9.0.0";
    report.host.kernel = "6.1.0";
    report.guest.machine = "pc-q35-7.2";
    report.inside.value.emplace();
    report.inside.value->system.value = GuestSystem{"Windows 11 Pro", "22631", true};
    report.inside.value->drivers.value = {{"VirtIO disk", "1"}, {"VirtIO net", "1"}, {"VirtIO net", "2"}};
    return report;
}

/// As after a run that prints JSON.
VersionMap printed(const DomainReport& report) {
    const auto baseline = read_baseline(report_json(report), "file");
    REQUIRE(baseline);
    return baseline->versions;
}
} // namespace

TEST_CASE("versions: a report keeps them for the next one, without changes") {
    const auto before = printed(example());
    CHECK(before == VersionMap{{"QEMU", "7.2.0"},
                               {"guest driver VirtIO disk", "1"},
                               {"guest driver VirtIO net", "1, 2"},
                               {"guest kernel", "22631"},
                               {"guest system", "Windows 11 Pro"},
                               {"kernel", "6.1.0"},
                               {"libvirt", "9.0.0"},
                               {"machine type", "pc-q35-7.2"}});
    CHECK(changed_versions(versions_of(example()), before).empty());
}

TEST_CASE("versions: each change is reported") {
    const auto before = printed(example());
    const auto change = [&](auto edit) {
        DomainReport report = example();
        edit(report);
        return changed_versions(versions_of(report), before);
    };
    using Changes = std::vector<VersionChange>;
    CHECK(change([](auto& report) { report.host.qemu = "8.0.0"; }) == Changes{{"QEMU", "7.2.0", "8.0.0"}});
    CHECK(change([](auto& report) { report.host.libvirt = "11.3.0"; }) ==
          Changes{{"libvirt", "9.0.0", "11.3.0"}});
    CHECK(change([](auto& report) { report.host.kernel = "6.12.0"; }) ==
          Changes{{"kernel", "6.1.0", "6.12.0"}});
    CHECK(change([](auto& report) { report.guest.machine = "pc-q35-8.0"; }) ==
          Changes{{"machine type", "pc-q35-7.2", "pc-q35-8.0"}});
    CHECK(change([](auto& report) { report.inside.value->system.value->kernel = "26100"; }) ==
          Changes{{"guest kernel", "22631", "26100"}});
    CHECK(change([](auto& report) { report.inside.value->drivers.value->at(0).version = "3"; }) ==
          Changes{{"guest driver VirtIO disk", "1", "3"}});
}

TEST_CASE("versions: a version that one of the reports lacks is no change") {
    DomainReport report = example();
    report.inside = {{}, "no guest agent"};
    report.host.qemu.clear();
    CHECK(changed_versions(versions_of(report), printed(example())).empty());
    CHECK(changed_versions(versions_of(example()), printed(report)).empty());
}

TEST_CASE("versions: a change is no regression, and has a line of its own") {
    DomainReport report = example();
    report.baseline = Baseline{"vm", "", 0, 5, {}};
    report.baseline->versions = {{"QEMU", "7.0.0"}, {"machine type", "pc-*"}};
    CHECK(count_regressions(report) == 0);
    const auto text = report_markdown(report);
    CHECK(text.find(
              "\n- QEMU changed from 7.0.0 to 7.2.0\n- machine type changed from pc-\\* to pc-q35-7.2\n") !=
          std::string::npos);
    CHECK(report_json(report).find("\"before\": \"7.0.0\"") != std::string::npos);
}

TEST_CASE("versions: an invalid row is refused") {
    const std::string rest = R"({"format": "hostlease-report-1", "taken": 1, "seconds": 5,
        "domain": {"name": "vm", "uuid": "u"}, "figures": [], "versions": [)";
    for (const std::string row :
         {R"({"name": "QEMU"})", R"({"value": "1"})", "5", R"({"name": 1, "value": "1"})"}) {
        CAPTURE(row);
        const auto read = read_baseline(rest + row + "]}", "file");
        REQUIRE_FALSE(read);
        CHECK(read.error().message == "a version of this report lacks its name or its value");
    }
}
