// Which memory QEMU must lock, and its limit.
#include "audit/cases.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("real-time guests are asked for a limit of locked memory, others not to lock huge pages") {
    const std::string locked = "<memoryBacking><hugepages/><locked/></memoryBacking>";
    CHECK(first_finding(audit_body(locked, make_scene()), "MEM-LOCKED").wanted ==
          "remove it: huge pages are never swapped out");
    const auto body = locked + pins({"4"}, "<vcpusched vcpus='0' scheduler='fifo' priority='1'/>");
    CHECK(first_finding(audit_body(body, make_scene()), "MEM-LOCKED").wanted ==
          "a <memtune><hard_limit> slightly above the guest's memory");
}

TEST_CASE("a limit below the guest's memory is an error if QEMU must lock the memory") {
    const std::string huge = "<memoryBacking><hugepages/></memoryBacking>";
    const std::string locked = "<memoryBacking><locked/></memoryBacking>";
    const std::string device = "<devices><hostdev mode='subsystem' type='pci'><source><address domain='0' "
                               "bus='1' slot='0' function='0'/></source></hostdev></devices>";
    const auto report = [](const std::string& body) {
        return audit_body("<memory unit='GiB'>8</memory><memtune><hard_limit unit='GiB'>4</hard_limit>"
                          "</memtune>" +
                              body,
                          make_scene());
    };
    const auto finding = first_finding(report(locked), "MEM-LIMIT");
    CHECK(finding.found == "<hard_limit> is 4 GiB, and the guest has 8 GiB, which <locked/> locks");
    CHECK(finding.severity == Severity::error);
    const auto pinned = first_finding(report(huge + device), "MEM-LIMIT");
    CHECK(pinned.found == "<hard_limit> is 4 GiB, and the guest has 8 GiB, which its host device locks");
    CHECK(pinned.severity == Severity::error);
    CHECK(first_finding(report(""), "MEM-LIMIT").severity == std::nullopt);
    CHECK(verdict_of(report(huge), "MEM-LIMIT") == Verdict::not_applicable);
}

TEST_CASE("mediated devices and vDPA cards lock the guest's memory, emulated cards do not") {
    const auto report = [](const std::string& device) {
        return audit_body("<memory unit='GiB'>8</memory><memtune><hard_limit unit='GiB'>4</hard_limit>"
                          "</memtune><devices>" +
                              device + "</devices>",
                          make_scene());
    };
    for (const auto* device : {"<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address "
                               "uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source></hostdev>",
                               "<interface type='vdpa'><source dev='/dev/vhost-vdpa-0'/></interface>"}) {
        CAPTURE(device);
        const auto pinned = first_finding(report(device), "MEM-LIMIT");
        CHECK(pinned.found == "<hard_limit> is 4 GiB, and the guest has 8 GiB, which its host device locks");
        CHECK(pinned.severity == Severity::error);
        CHECK(verdict_of(report(device), "MEM-STATS") == Verdict::not_applicable); // the balloon is inhibited
    }
    const auto emulated = report("<interface type='network'><source network='default'/></interface>");
    CHECK(first_finding(emulated, "MEM-LIMIT").found == "<hard_limit> is 4 GiB, and the guest has 8 GiB");
    CHECK(verdict_of(emulated, "MEM-STATS") == Verdict::failed);
}
