// Equal findings about several disks, cards or the like are one finding with a list.
#include "audit/cases.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::vector<AuditFinding>& findings_of(const AuditReport& report, std::string_view id) {
    const auto found = std::find_if(report.results.begin(), report.results.end(),
                                    [&](const RuleResult& one) { return one.rule->id == id; });
    REQUIRE(found != report.results.end());
    return found->findings;
}

/// "2: text" for each finding.
std::vector<std::string> texts_of(const std::string& body, std::string_view id,
                                  const AuditScene& scene = make_scene()) {
    const auto report = audit_body(body, scene);
    std::vector<std::string> texts;
    for (const auto& finding : findings_of(report, id))
        texts.push_back(std::to_string(finding.places) + ": " + finding.found);
    return texts;
}

using Texts = std::vector<std::string>;

std::string disk(const std::string& name, const std::string& driver = {}, const std::string& bus = "virtio") {
    return "<disk type='file' device='disk'><driver name='qemu' type='raw' " + driver + "/><source file='/" +
           name + "'/><target dev='" + name + "' bus='" + bus + "'/></disk>";
}
std::string devices(const std::string& inside) { return "<devices>" + inside + "</devices>"; }
} // namespace

TEST_CASE("equal findings of one kind are one, in the order of the first") {
    const std::vector<AuditFinding> findings{
        {.line = 3, .found = "slow", .wanted = "fast", .kind = "disk", .name = "vda"},
        {.line = 4, .found = "full", .wanted = "free", .kind = "disk", .name = "vda"},
        {.line = 5, .found = "slow", .wanted = "fast", .kind = "disk", .name = "vdb"},
        {.line = 6, .found = "slow", .wanted = "gone", .kind = "disk", .name = "vdc"},
        {.line = 7, .found = "slow", .wanted = "fast", .kind = "card"},
        {.line = 8, .found = "slow", .wanted = "fast", .kind = "card"},
        {.line = 9, .found = "alone", .wanted = "fast"},
        {.line = 10, .found = "alone", .wanted = "fast"}};
    Texts texts;
    for (const auto& finding : fold(findings))
        texts.push_back(std::to_string(finding.line) + " " + std::to_string(finding.places) + " " +
                        finding.found);
    CHECK(texts == Texts{"3 2 disks vda, vdb: slow", "4 1 disk vda: full", "6 1 disk vdc: slow",
                         "7 2 2 cards: slow", "9 1 alone", "10 1 alone"});
}

TEST_CASE("a different severity keeps a finding separate") {
    const AuditFinding grave{
        .found = "slow", .wanted = "fast", .severity = Severity::error, .kind = "disk", .name = "vda"};
    auto lesser = grave;
    lesser.severity.reset();
    CHECK(fold({grave, lesser}).size() == 2);
}

TEST_CASE("disks") {
    const auto two = devices(disk("vda") + disk("vdb"));
    CHECK(texts_of(two, "DISK-DISCARD") == Texts{"2: disks vda, vdb: discard is not set"});
    CHECK(texts_of(two, "DISK-ZEROES").size() == 1);
    CHECK(texts_of(two, "DISK-CACHE-IO") ==
          Texts{"2: disks vda, vdb: no cache mode, so QEMU uses writeback"});
    CHECK(texts_of(two, "DISK-IOTHREAD") == Texts{"2: disks vda, vdb: no I/O thread"});
    CHECK(texts_of(devices(disk("sda", "", "sata") + disk("sdb", "", "sata") + disk("hda", "", "ide")),
                   "DISK-BUS") == Texts{"2: disks sda, sdb: on bus 'sata'", "1: disk hda: on bus 'ide'"});
    CHECK(texts_of(devices(disk("vda", "queues='9'") + disk("vdb", "queues='9'")), "DISK-QUEUES") ==
          Texts{"2: disks vda, vdb: 9 queues"});
}

TEST_CASE("cards, folders, screens, controllers, threads, timers, VMs, the host's disks") {
    const std::string card = "<interface type='network'><model type='e1000'/></interface>";
    CHECK(texts_of(devices(card + card), "NET-MODEL") == Texts{"2: 2 network cards: model 'e1000'"});
    const std::string offloads =
        "<interface type='network'><model type='virtio'/><driver><host ufo='on'/><guest ufo='on'/>"
        "</driver></interface>";
    CHECK(texts_of(devices(offloads), "NET-OFFLOADS") == Texts{"1: network card: ufo='on'"});
    const std::string share = "<filesystem type='mount'><driver type='path'/><target dir='";
    CHECK(texts_of(devices(share + "a'/></filesystem>" + share + "b'/></filesystem>"), "FS-VIRTIOFS") ==
          Texts{"2: shared folders a, b: shared by 9p"});
    const std::string screen = "<video><model type='qxl'/></video>";
    CHECK(texts_of(devices(screen + screen), "VID-VIRTIO-3D") == Texts{"2: 2 screens: model 'qxl'"});
    const std::string usb = "<controller type='usb' model='ich9-";
    CHECK(texts_of(devices(usb + "ehci1'/>" + usb + "uhci1'/>"), "DEV-XHCI") ==
          Texts{"2: 2 USB controllers of models 'ich9-ehci1', 'ich9-uhci1'"});
    CHECK(texts_of("", "PM-SUSPEND-OFF") == Texts{"2: the guest may suspend to memory and to disk"});
    CHECK(texts_of(
              "<iothreads>2</iothreads>" +
                  pins({"4"}, "<iothreadpin iothread='1' cpuset='4'/><iothreadpin iothread='2' cpuset='4'/>"),
              "PIN-IOTHREAD") == Texts{"2: I/O threads 1, 2: may run on CPU 4, where vCPUs run"});
    CHECK(texts_of(pins({"4"}, "<vcpupin vcpu='2' cpuset='2'/><vcpupin vcpu='3' cpuset='3'/>"),
                   "PIN-THREADS") ==
          Texts{"2: <vcpupin> of vCPUs 2, 3: does not match any thread of the VM"});
    CHECK(texts_of("<cpu><timer name='hpet'/><timer name='tsc'/></cpu>", "CLK-TIMER-PLACE") ==
          Texts{"2: timers hpet, tsc: inside <cpu>, where libvirt ignores timers"});
    auto scene = make_scene();
    scene.host.others = {{"a", {4}, false}, {"b", {4}, false}, {"c", {4}, true}};
    scene.host.disks = {{"sda", {"bfq", false}}, {"sdb", {"bfq", false}}};
    CHECK(texts_of(pins({"4"}), "PIN-SHARED", scene) ==
          Texts{"2: VMs 'a', 'b': also pinned to CPU 4", "1: VM 'c': also pinned to CPU 4 and running"});
    CHECK(texts_of("", "HOST-DISK-SCHEDULER", scene) == Texts{"2: disks sda, sdb: scheduler bfq"});
}

TEST_CASE("only vCPUs that share a CPU are named as its users") {
    CHECK(texts_of(pins({"2", "3", "3-4"}), "PIN-1TO1") ==
          Texts{"1: vCPU 2 may run on CPU 3-4", "1: vCPU 2 shares CPU 3 with vCPU 1"});
}

TEST_CASE("QEMU's own threads with one fault are one finding, whatever their CPUs") {
    const auto threads = [](const std::string& first, const std::string& second) {
        return "<iothreads>2</iothreads>" +
               pins({"4", "5"}, "<emulatorpin cpuset='" + first + "'/><iothreadpin iothread='1' cpuset='" +
                                    first + "'/><iothreadpin iothread='2' " + "cpuset='" + second + "'/>");
    };
    CHECK(texts_of(threads("4", "5"), "PIN-IOTHREAD") ==
          Texts{"2: I/O threads 1, 2: may run on CPU 4-5, where vCPUs run"});
    CHECK(
        texts_of(threads("77", "78"), "PIN-ONLINE") ==
        Texts{"3: the emulator, I/O thread 1, I/O thread 2 are pinned to CPU 77-78, which are not online on "
              "this host"});
    auto scene = make_scene();
    scene.host.files["/sys/devices/system/cpu/isolated"] = "4-7";
    CHECK(texts_of(threads("0,6", "6-7"), "PIN-ISOLCPUS", scene) ==
          Texts{"3: the emulator, I/O thread 1, I/O thread 2 may run on CPU 0,6-7, but the kernel does not "
                "balance threads on CPUs that are isolated at boot (6-7)"});
}

TEST_CASE("pins to the threads of cores are one finding with a list") {
    CHECK(texts_of(pins({"2,10", "2,10", "3,11", "3,11", "4,12", "4,12", "5,13", "5,13"}), "PIN-1TO1") ==
          Texts{"8: vCPU 0-7 may run on several CPUs: vCPU 0-1 may run on CPU 2,10; vCPU 2-3 may run on CPU "
                "3,11; vCPU 4-5 may run on CPU 4,12; and 1 more"});
    CHECK(texts_of(pins({"2", "2", "3", "3"}), "PIN-1TO1") ==
          Texts{"4: vCPU 0-3 share CPUs: vCPU 0-1 share CPU 2; vCPU 2-3 share CPU 3"});
}
