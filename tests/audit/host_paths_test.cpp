// Which names of a domain are paths on its host, and the findings about those that do not exist.
#include "advice/audit/host_paths.hpp"

#include "audit/cases.hpp"
#include "read/domain_xml.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// "/path what" for each path.
std::vector<std::string> names_of(const std::string& body) {
    const auto text = document_of(body);
    const auto domain = read_domain_xml(text, "win11.xml", DomainIdentity::may_be_wrong);
    REQUIRE(domain);
    const auto document = XmlDocument::parse(text);
    std::vector<std::string> list;
    for (const auto& one : named_paths(document->root(), *domain))
        list.push_back(one.path + " " + one.what);
    return list;
}

using Names = std::vector<std::string>;

std::string devices(const std::string& inside) { return "<devices>" + inside + "</devices>"; }
std::string disk(const std::string& type, const std::string& source) {
    return devices("<disk type='" + type + "'>" + source + "<target dev='vda' bus='virtio'/></disk>");
}

RuleResult result_of(const std::string& body, const AuditScene& scene) {
    const auto report = audit_body(body, scene);
    for (const auto& result : report.results)
        if (result.rule->id == "HOST-PATHS") return result;
    FAIL("no result");
    return {};
}
} // namespace

TEST_CASE("a disk names a path if its data is a file, a device or a folder of the host") {
    CHECK(names_of("<devices><interface type='bridge'><rom file='/a.rom'/></interface></devices>") ==
          Names{"/a.rom the ROM of a device"});
    CHECK(names_of(disk("file", "<source file='/a.img'/>")) == Names{"/a.img disk vda"});
    CHECK(names_of(disk("block", "<source dev='/dev/vg/a'/>")) == Names{"/dev/vg/a disk vda"});
    CHECK(names_of(disk("dir", "<source dir='/a'/>")) == Names{"/a disk vda"});
    CHECK(names_of(disk("vhostvdpa", "<source dev='/dev/vhost-vdpa-0'/>")) ==
          Names{"/dev/vhost-vdpa-0 disk vda"});
    CHECK(names_of(disk("file", "<source file='/b'/><backingStore type='file'><source "
                                "file='/a'/><backingStore/></backingStore>")) ==
          Names{"/b disk vda", "/a the source of disk vda"});
    CHECK(
        names_of(disk(
            "nvme", "<source type='pci'><address domain='0' bus='0x41' slot='0' function='0'/></source>")) ==
        Names{"/sys/bus/pci/devices/0000:41:00.0 disk vda"});
}

TEST_CASE("files that libvirt or another program provides are not checked") {
    for (const auto& body :
         {disk("volume", "<source pool='default' volume='a'/>"),
          disk("network", "<source protocol='rbd' name='pool/a'/>"),
          disk("vhostuser", "<source type='unix' path='/run/blk.sock'/>"),
          disk("file", "<source file='/cd.iso' startupPolicy='optional'/>"), disk("file", ""),
          disk("file", "<source file='a'/>"),
          devices("<interface type='network'><source network='default'/></interface>"),
          devices("<interface type='vhostuser'><source type='unix' path='/run/ovs.sock' "
                  "mode='server'/></interface>"),
          devices("<filesystem type='mount'><driver type='virtiofs'/><source socket='/run/fs.sock'/><target "
                  "dir='a'/></filesystem>"),
          devices("<tpm model='tpm-crb'><backend type='emulator'/></tpm>"),
          devices("<serial type='file'><source path='/log'/></serial>"),
          std::string("<os firmware='efi'><type arch='x86_64'>hvm</type><nvram>/nvram.fd</nvram></os>")})
        CHECK_MESSAGE(names_of(body).empty(), body);
}

TEST_CASE("firmware, kernels, folders, render nodes and devices of the host are paths") {
    CHECK(
        names_of(
            "<os><type "
            "arch='x86_64'>hvm</type><loader>/c.fd</loader><kernel>/vmlinuz</kernel><initrd>/initrd</initrd>"
            "<acpi><table type='slic'>/slic</table></acpi></os>") ==
        Names{"/c.fd <loader>", "/vmlinuz <kernel>", "/initrd <initrd>", "/slic an ACPI table"});
    CHECK(names_of(devices("<emulator>/usr/bin/qemu</emulator><filesystem type='mount'><binary "
                           "path='/virtiofsd'/><source dir='/srv'/>"
                           "<target dir='share'/></filesystem>")) ==
          Names{"/usr/bin/qemu the emulator", "/srv folder share",
                "/virtiofsd the program that serves folder share"});
    CHECK(names_of(
              devices("<graphics type='spice'><gl enable='yes' rendernode='/dev/dri/renderD128'/></graphics>"
                      "<graphics type='egl-headless'><gl rendernode='/dev/dri/renderD129'/></graphics>")) ==
          Names{"/dev/dri/renderD128 spice", "/dev/dri/renderD129 egl-headless"});
    CHECK(names_of(devices("<tpm><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>"
                           "<rng model='virtio'><backend model='random'>/dev/hwrng</backend></rng>"
                           "<input type='evdev'><source dev='/dev/input/event3'/></input>"
                           "<serial type='dev'><source path='/dev/ttyS0'/></serial>")) ==
          Names{"/dev/tpm0 the TPM", "/dev/hwrng the random number generator",
                "/dev/input/event3 an input device", "/dev/ttyS0 a serial device"});
    CHECK(
        names_of(devices(
            "<hostdev mode='subsystem' type='mdev'><source><address uuid='u'/></source></hostdev>"
            "<hostdev mode='subsystem' type='pci'><source><address bus='1' slot='0'/></source></hostdev>")) ==
        Names{"/sys/bus/mdev/devices/u a mediated device",
              "/sys/bus/pci/devices/0000:01:00.0 host device 0000:01:00.0"});
}

TEST_CASE("all missing paths are one finding with a list") {
    auto scene = make_scene();
    const auto body =
        devices("<emulator>/qemu</emulator><disk type='file'><source file='/a'/><target dev='vda'/></disk>"
                "<disk type='file'><source file='/b'/><target dev='vdb'/></disk>");
    scene.host.paths = {{"/qemu", {}}, {"/a", {.exists = false}}, {"/b", {.exists = false}}};
    const auto result = result_of(body, scene);
    REQUIRE(result.findings.size() == 1);
    CHECK(result.findings.front().found == "2 paths do not exist on the host: /a (disk vda), /b (disk vdb)");
    CHECK(result.findings.front().places == 2);
}

TEST_CASE("an unreadable path does not count as missing") {
    auto scene = make_scene();
    const auto body = disk("file", "<source file='/nfs/a'/>");
    scene.host.paths = {{"/nfs/a", {.problem = "/nfs/a: Permission denied"}}};
    const auto result = result_of(body, scene);
    CHECK(result.verdict == Verdict::not_applicable);
    CHECK(result.reason == "/nfs/a (disk vda) cannot be checked: /nfs/a: Permission denied");
}

TEST_CASE("without facts about the host, no path is judged") {
    auto scene = make_scene();
    scene.with_host = false;
    CHECK(result_of(disk("file", "<source file='/a'/>"), scene).verdict == Verdict::not_applicable);
}
