// No rule asks for something that libvirt refuses, or that does not exist: by architecture, guest, kind of
// disk, and arguments for QEMU.
#include "advice/audit/memory.hpp"
#include "audit/cases.hpp"
#include "core/units.hpp"
#include "support/builders.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
std::string os(const std::string& arch, const std::string& machine) {
    return "<os><type arch='" + arch + "' machine='" + machine + "'>hvm</type></os>";
}

/// A disk without any attribute that a rule could ask for.
std::string disk(const std::string& attributes, const std::string& inside = "",
                 const std::string& bus = "virtio") {
    return "<devices><disk " + attributes + "><target dev='vda' bus='" + bus + "'/>" + inside +
           "</disk></devices>";
}

void expect_silence(const std::string& body, const std::vector<std::string>& rules,
                    const AuditScene& scene = make_scene()) {
    const auto report = audit_body(body, scene);
    CAPTURE(body);
    for (const auto& id : rules) {
        CAPTURE(id);
        CHECK(verdict_of(report, id) != Verdict::failed);
    }
}

auto with_pools(std::vector<std::uint64_t> sizes, std::uint64_t usual) {
    auto scene = make_scene();
    scene.host.host.pools.clear();
    for (const auto size : sizes)
        set_pool(scene.host.host, 0, size, 0, 0);
    scene.host.host.default_page_size = usual;
    return scene;
}
} // namespace

TEST_CASE("guests of other architectures are not asked for x86 features") {
    const std::string body =
        "<cpu mode='host-passthrough'><topology sockets='4' cores='1' threads='1'/></cpu>";
    for (const auto* arch : {"aarch64", "s390x", "ppc64le", "riscv64"})
        expect_silence(os(arch, "virt") + body,
                       {"CPU-CACHE", "CPU-INVTSC", "CPU-TOPOEXT", "CPU-MIGRATABLE-OFF", "CPU-HYPERVISOR-BIT",
                        "PM-SUSPEND-OFF", "VMPORT-OFF", "IOAPIC-KVM", "KVM-HIDDEN", "CLK-HPET-OFF",
                        "CLK-TSC-NATIVE", "CLK-HYPERVCLOCK", "HV-RELAXED", "DEV-XHCI", "DEV-MACHINE",
                        "DEV-SECUREBOOT", "SMBIOS-HOST", "HOST-KVM"});
    CHECK(first_finding(audit_body(os("aarch64", "virt"), make_scene()), "CPU-PASSTHROUGH").xml ==
          "<cpu mode='host-passthrough' check='none'>");
    CHECK(first_finding(audit_body(os("aarch64", "virt"), make_scene()), "DEV-TPM").xml.find("tpm-tis") !=
          std::string::npos);
    expect_silence(os("s390x", "s390-ccw-virtio"), {"CPU-TOPOLOGY"});
    for (const auto* arch : {"ppc", "riscv64"})
        expect_silence(os(arch, "virt"), {"CPU-PASSTHROUGH", "CPU-TOPOLOGY"});
}

TEST_CASE("devices without a model are judged by the architecture's default") {
    const std::string card = "<devices><interface type='network'/></devices>";
    expect_silence(os("aarch64", "virt-7.2") + card, {"NET-MODEL"});
    expect_silence(os("riscv64", "virt") + card, {"NET-MODEL"});
    expect_silence(os("s390x", "s390-ccw-virtio") + card, {"NET-MODEL"});
    CHECK(verdict_of(audit_body(os("aarch64", "vexpress-a9") + card, make_scene()), "NET-MODEL") ==
          Verdict::failed);
    CHECK(verdict_of(audit_body(card, make_scene()), "NET-MODEL") == Verdict::failed);
    expect_silence(os("s390x", "s390-ccw-virtio") + disk("type='file'", "", "scsi"), {"DISK-BUS"});
}

TEST_CASE("huge pages are suggested in a size that the host has") {
    const std::string memory = "<memory unit='GiB'>8</memory>";
    const auto size_of = [&](const std::string& body, const AuditScene& scene) {
        return first_finding(audit_body(memory + body, scene), "MEM-HUGEPAGES").xml;
    };
    CHECK(size_of("", with_pools({2 * MiB, GiB}, GiB)).find("size='2' unit='MiB'") != std::string::npos);
    CHECK(size_of("", with_pools({GiB}, GiB)).find("size='1' unit='GiB'") != std::string::npos);
    CHECK(size_of(os("aarch64", "virt"), with_pools({64 * KiB, 512 * MiB}, 512 * MiB)).find("'512'") !=
          std::string::npos);
    CHECK(size_of(os("aarch64", "virt"), with_pools({64 * KiB}, 0)).find("<hugepages/>") !=
          std::string::npos);
    auto mainframe = with_pools({MiB}, MiB);
    expect_silence(memory + os("s390x", "s390-ccw-virtio"), {"MEM-HUGEPAGES"}, mainframe);
    mainframe.host.files["/sys/module/kvm/parameters/hpage"] = "1";
    CHECK(size_of(os("s390x", "s390-ccw-virtio"), mainframe).find("size='1' unit='MiB'") !=
          std::string::npos);
}

TEST_CASE("disks are not asked for attributes that libvirt refuses for them, or that have no effect") {
    const std::vector<std::string> all{"DISK-CACHE-IO", "DISK-DISCARD", "DISK-ZEROES", "DISK-IOTHREAD"};
    expect_silence(disk("type='vhostuser'"), all);
    expect_silence(disk("type='vhostvdpa'"), all);
    expect_silence(disk("type='nvme'"), {"DISK-CACHE-IO"});
    expect_silence(disk("type='network'"), {"DISK-CACHE-IO"});
    expect_silence(disk("type='dir'", "<readonly/>"), {"DISK-CACHE-IO", "DISK-DISCARD", "DISK-ZEROES"});
    expect_silence(disk("type='file'", "<readonly/>"), {"DISK-DISCARD", "DISK-ZEROES"});
    expect_silence(disk("type='block' device='lun'"), {"DISK-DISCARD", "DISK-ZEROES"});
    expect_silence(disk("type='file'", "<address type='virtio-mmio'/>"), {"DISK-IOTHREAD"});
    const auto refused = audit_body(
        "<iothreads>1</iothreads>" + disk("type='vhostuser'", "<driver iothread='1'/>"), make_scene());
    CHECK(first_finding(refused, "DISK-IOTHREAD").severity == Severity::error);
}

TEST_CASE("settings that an argument for QEMU replaces are not judged") {
    const std::string huge = "<memoryBacking><hugepages/></memoryBacking>";
    expect_silence(
        arguments({"-cpu", "Penryn,+invtsc"}),
        {"CPU-PASSTHROUGH", "CPU-INVTSC", "HV-RELAXED", "CLK-HYPERVCLOCK", "CLK-TSC-NATIVE", "KVM-HIDDEN"});
    expect_silence(arguments({"-smp", "4,cores=4"}), {"CPU-TOPOLOGY"});
    expect_silence("<memory unit='GiB'>32</memory>" + arguments({"-m", "4G"}),
                   {"MEM-HUGEPAGES", "MEM-CURRENT"});
    expect_silence(huge + arguments({"-numa", "node,memdev=m"}),
                   {"MEM-PAGES-FIT", "MEM-IMMEDIATE", "MEM-MEMFD-SHARED"});
    expect_silence(arguments({"-machine", "vmport=off,hpet=off"}), {"VMPORT-OFF", "CLK-HPET-OFF"});
    expect_silence(arguments({"-rtc", "base=localtime"}), {"CLK-LOCALTIME", "CLK-RTC-CATCHUP"});
    CHECK(verdict_of(audit_body(arguments({"-smp", "4"}), make_scene()), "CPU-PASSTHROUGH") ==
          Verdict::failed);
    const auto finding =
        first_finding(audit_body(arguments({"-cpu", "host"}), make_scene()), "DEV-QEMU-ARGS");
    CHECK(finding.found.starts_with("-cpu of <qemu:commandline> replaces <cpu>"));
}

TEST_CASE("all enlightenments of hyperv's passthrough include the clock") {
    expect_silence("<features><hyperv mode='passthrough'/></features>",
                   {"CLK-HYPERVCLOCK", "HV-RELAXED", "HV-STIMER-DIRECT"});
}

TEST_CASE("guests that are neither Windows nor Linux are not asked for virtio's drivers") {
    for (const auto* id : {"http://apple.com/macosx/10.7", "http://freebsd.org/freebsd/14.0"})
        expect_silence(
            "<metadata><l:libosinfo xmlns:l='http://libosinfo.org/xmlns/libvirt/domain/1.0'><l:os id='" +
                std::string(id) + "'/></l:libosinfo></metadata>" + disk("type='file'", "", "sata"),
            {"DISK-BUS", "DEV-RNG", "DEV-AGENT", "DEV-XHCI", "HV-RELAXED", "CLK-LOCALTIME", "KVM-HIDDEN"});
}

TEST_CASE("a missing balloon is no finding") {
    const std::string half = "<memory unit='GiB'>4</memory><currentMemory unit='GiB'>2</currentMemory>";
    const auto without = first_finding(
        audit_body(half + "<devices><memballoon model='none'/></devices>", make_scene()), "MEM-CURRENT");
    CHECK(without.severity == Severity::note);
    CHECK(without.found == "currentMemory is 2 GiB less than the guest has");
    CHECK(first_finding(audit_body(half, make_scene()), "MEM-CURRENT").found ==
          "the balloon takes 2 GiB from the start");
}

TEST_CASE("memory that is not a multiple of the page size warns of MEM-PAGES-FIT, a page size that the host "
          "lacks is an error") {
    const auto fit = [](const std::string& memory, const std::string& page) {
        auto scene = with_pools({GiB, 2 * MiB}, 2 * MiB);
        set_pool(scene.host.host, 0, GiB, 64, 64);
        return first_finding(audit_body("<memory unit='MiB'>" + memory +
                                            "</memory><memoryBacking><hugepages><page size='" + page +
                                            "' unit='MiB'/></hugepages></memoryBacking>",
                                        scene),
                             "MEM-PAGES-FIT");
    };
    CHECK(fit("16896", "1024").severity == Severity::warning);
    const auto missing = fit("16384", "1");
    CHECK_FALSE(missing.severity); // the rule's own severity: error
    CHECK(missing.wanted.find("2 MiB, 1 GiB") != std::string::npos);
}

TEST_CASE("blocks of virtio-mem that are smaller than a huge page are an error") {
    const auto report = [](const std::string& block) {
        auto scene = with_pools({GiB}, GiB);
        set_pool(scene.host.host, 0, GiB, 64, 64);
        return audit_body("<memory unit='GiB'>8</memory><memoryBacking><hugepages><page size='1' "
                          "unit='GiB'/></hugepages></memoryBacking><devices><memory model='virtio-mem'>"
                          "<target><size unit='GiB'>4</size><block unit='MiB'>" +
                              block +
                              "</block><requested unit='GiB'>2</requested></target></memory></devices>",
                          scene);
    };
    const auto finding = first_finding(report("2"), "MEM-PAGES-FIT");
    CHECK(finding.found == "virtio-mem on line 1 has blocks of 2 MiB, smaller than its huge pages of 1 GiB: "
                           "QEMU does not start");
    CHECK(finding.wanted == "use blocks of 1 GiB, or smaller pages in <hugepages>");
    CHECK(verdict_of(report("1024"), "MEM-PAGES-FIT") == Verdict::passed);
}

TEST_CASE("private guest memory is not asked to be in huge pages, or allocated at once") {
    for (const auto* type : {"tdx", "sev-snp"})
        expect_silence("<memory unit='GiB'>16</memory><launchSecurity type='" + std::string(type) + "'/>",
                       {"MEM-HUGEPAGES", "MEM-IMMEDIATE", "MEM-NOSHAREPAGES", "MEM-PREALLOC-THREADS"});
    const auto plain = audit_body("<memory unit='GiB'>16</memory><launchSecurity type='sev'/>", make_scene());
    CHECK(verdict_of(plain, "MEM-HUGEPAGES") == Verdict::failed);
}

TEST_CASE("a TDX guest keeps QEMU's I/O APIC, without which it does not start") {
    const std::string ioapic = "<features><ioapic driver='qemu'/></features>";
    expect_silence(ioapic + "<launchSecurity type='tdx'/>", {"IOAPIC-KVM"});
    expect_silence(ioapic + "<devices><iommu model='intel'/></devices>", {"IOAPIC-KVM"});
    CHECK(verdict_of(audit_body(ioapic, make_scene()), "IOAPIC-KVM") == Verdict::failed);
}

TEST_CASE("Windows before 10 is not asked for graphics and USB controllers that it has no driver for") {
    const std::string body =
        "<devices><video><model type='qxl'/></video><controller type='usb' model='piix3-uhci'/></devices>";
    for (const auto* system : {"xp", "7", "2k8r2"})
        expect_silence("<metadata><l:libosinfo xmlns:l='http://libosinfo.org/xmlns/libvirt/domain/1.0'><l:os "
                       "id='http://microsoft.com/win/" +
                           std::string(system) + "'/></l:libosinfo></metadata>" + body,
                       {"VID-VIRTIO-3D", "VID-HEADS", "DEV-XHCI"});
    for (const auto* rule : {"VID-VIRTIO-3D", "VID-HEADS", "DEV-XHCI"})
        CHECK(verdict_of(audit_body(body, make_scene()), rule) == Verdict::failed);
}

TEST_CASE("graphics, disks and machines that were chosen for their properties stay") {
    expect_silence("<devices><video><model type='ramfb'/></video></devices>", {"VID-VIRTIO-3D", "VID-HEADS"});
    const auto stick = [](const std::string& removable) {
        return "<devices><disk type='file'><source file='/a'/><target dev='sda' bus='usb' removable='" +
               removable + "'/></disk></devices>";
    };
    expect_silence(stick("on"), {"DISK-BUS"});
    CHECK(verdict_of(audit_body(stick("off"), make_scene()), "DISK-BUS") == Verdict::failed);
    expect_silence(os("x86_64", "microvm"), {"DEV-MACHINE"});
}

TEST_CASE("memory that a cgroup restricts to a node counts as bound") {
    const auto with_mode = [](const std::string& mode) {
        return pins({"4"}) + "<numatune><memory mode='" + mode + "' nodeset='1'/></numatune>";
    };
    expect_silence(with_mode("restrictive"), {"MEM-NUMA"});
    CHECK(first_finding(audit_body(with_mode("preferred"), make_scene()), "MEM-NUMA").found ==
          "the memory node is only preferred");
    CHECK(first_finding(audit_body(with_mode("interleave"), make_scene()), "MEM-NUMA").found ==
          "the memory is interleaved");
}

TEST_CASE("arguments for QEMU that add to libvirt's command line are no finding") {
    expect_silence(arguments({"-smbios", "type=2"}), {"DEV-QEMU-ARGS", "SMBIOS-HOST"});
    expect_silence(arguments({"-machine", "hmat=on,smm=off"}), {"DEV-QEMU-ARGS"});
    for (const auto* machine : {"q35,hmat=on", "hmat=on,type=q35"})
        CHECK(first_finding(audit_body(arguments({"-machine", machine}), make_scene()), "DEV-QEMU-ARGS")
                  .found == "-machine of <qemu:commandline> replaces the machine type");
    CHECK(
        first_finding(audit_body(arguments({"-machine", "type=q35,hpet=off"}), make_scene()), "DEV-QEMU-ARGS")
            .found == "-machine of <qemu:commandline> replaces the HPET of <clock>, the machine type");
}

TEST_CASE("macOS is identified by the chip that it looks for") {
    const auto report =
        audit_body("<metadata/>" + arguments({"-device", "isa-applesmc,osk=key"}), make_scene());
    CHECK(report.guest == Guest::macos);
}

TEST_CASE("a card on the user's network is reported, whatever its model") {
    const auto card = [](const std::string& inside) {
        return "<devices><interface type='user'>" + inside + "</interface></devices>";
    };
    const auto found = [](const std::string& body) {
        return first_finding(audit_body(body, make_scene()), "NET-VHOST").found;
    };
    CHECK(found(card("<model type='rtl8139'/>")) == "network card: behind QEMU's user-mode network");
    CHECK(found(card("<model type='virtio'/><backend type='passt'/>")) == "network card: behind passt");
}

TEST_CASE("cards without multiple queues, or whose other end sets the number, are not asked for them") {
    const auto card = [](const std::string& type, const std::string& inside = {}) {
        return "<devices><interface type='" + type + "'><model type='virtio'/>" + inside +
               "</interface></devices>";
    };
    for (const auto* type : {"udp", "mcast", "server", "client", "internal", "user", "vhostuser"})
        expect_silence(card(type), {"NET-QUEUES"});
    for (const auto* type : {"network", "bridge", "direct", "ethernet"})
        CHECK(verdict_of(audit_body(card(type), make_scene()), "NET-QUEUES") == Verdict::failed);
    expect_silence(card("network", "<teaming type='transient' persistent='ua-a'/>"),
                   {"NET-MODEL", "NET-VHOST", "NET-QUEUES", "NET-RING"});
}

TEST_CASE("memory on missing nodes, and pins of QEMU's own threads to missing CPUs, are errors") {
    const auto error = [](const std::string& body, const std::string& rule) {
        const auto finding = first_finding(audit_body(body, make_scene()), rule);
        CHECK(severity_of(*find_rule(rule), finding) == Severity::error);
        return finding.found;
    };
    const std::string absent = "<numatune><memory mode='strict' nodeset='0,3'/></numatune>";
    CHECK(error(absent, "MEM-NODES") == "<memory>: node 3, which does not exist on this host");
    CHECK(verdict_of(audit_body(absent, make_scene()), "MEM-NUMA") == Verdict::not_applicable); // once
    CHECK(error(pins({"4"}, "<emulatorpin cpuset='0,200'/>"), "PIN-ONLINE") ==
          "the emulator is pinned to CPU 200, which is not online on this host");
    CHECK(error("<iothreads>1</iothreads>" + pins({"4"}, "<iothreadpin iothread='1' cpuset='77'/>"),
                "PIN-ONLINE") == "I/O thread 1 is pinned to CPU 77, which is not online on this host");
}

TEST_CASE("interleaved memory is near the vCPUs if one of its nodes is theirs") {
    const auto verdict = [](const std::string& nodes) {
        const auto body =
            pins({"4", "5"}) + "<numatune><memory mode='interleave' nodeset='" + nodes + "'/></numatune>";
        return verdict_of(audit_body(body, make_scene()), "PIN-NODE");
    };
    CHECK(verdict("0-1") == Verdict::passed);
    CHECK(verdict("0") == Verdict::failed);
}

TEST_CASE("memory is not asked to be on a node without memory") {
    auto scene = make_scene();
    scene.host.host.nodes[1].memory = 0;
    CHECK(verdict_of(audit_body(pins({"4", "5"}), scene), "MEM-NUMA") == Verdict::not_applicable);
    CHECK(verdict_of(audit_body(pins({"2", "3"}), scene), "MEM-NUMA") == Verdict::failed);
    const auto bound = pins({"4", "5"}) + "<numatune><memory mode='strict' nodeset='0'/></numatune>";
    CHECK(first_finding(audit_body(bound, scene), "PIN-NODE").xml.empty());
    const auto cells = pins({"2", "5"}) + "<cpu><numa><cell cpus='0' memory='1' unit='GiB'/><cell cpus='1' "
                                          "memory='1' unit='GiB'/></numa></cpu><numatune><memory "
                                          "mode='strict' nodeset='0'/></numatune>";
    const auto finding = first_finding(audit_body(cells, scene), "PIN-NODE");
    CHECK(finding.found == "guest NUMA cell 1: vCPUs run on node 1, which has no memory");
    CHECK(finding.xml.empty());
}

TEST_CASE("machines without a PCI bus are not asked for devices that need one") {
    const auto ide = "<devices><disk type='file'><target dev='hda' bus='ide'/></disk></devices>";
    expect_silence(os("x86_64", "microvm"), {"VMPORT-OFF"});
    for (const auto* machine : {"isapc", "microvm"}) {
        expect_silence(os("x86_64", machine) + ide,
                       {"DISK-BUS", "DEV-RNG", "DEV-XHCI", "DEV-AGENT", "NET-MODEL", "VID-VIRTIO-3D"});
        CHECK(verdict_of(audit_body(os("x86_64", "pc") + ide, make_scene()), "DISK-BUS") == Verdict::failed);
    }
}

TEST_CASE("a tap that libvirt does not create needs its queues first") {
    const auto card = [](const std::string& target) {
        return "<devices><interface type='ethernet'><target dev='tap0'" + target +
               "/><model type='virtio'/></interface></devices>";
    };
    const auto finding = first_finding(audit_body(card(" managed='no'"), make_scene()), "NET-QUEUES");
    CHECK(finding.found == "network card: 1 queue, on a tap that libvirt does not create (managed='no')");
    CHECK(finding.wanted.find("multi_queue") != std::string::npos);
    CHECK(first_finding(audit_body(card(""), make_scene()), "NET-QUEUES").found == "network card: 1 queue");
}

TEST_CASE("QEMU's threads on CPUs that are isolated at boot are not crowded onto one of them") {
    auto scene = make_scene();
    scene.host.files["/sys/devices/system/cpu/isolated"] = "4-7";
    const auto report = [&](const std::string& helpers) {
        return audit_body(pins({"4", "5"}, helpers), scene);
    };
    CHECK(
        first_finding(report("<emulatorpin cpuset='6-7'/>"), "PIN-ISOLCPUS").found ==
        "the emulator may run on CPU 6-7, but the kernel does not balance threads on CPUs that are isolated "
        "at boot (6-7)");
    CHECK(first_finding(report("<iothreadpin iothread='1' cpuset='3,6'/><emulatorpin cpuset='7'/></cputune>"
                               "<iothreads>1</iothreads><cputune>"),
                        "PIN-ISOLCPUS")
              .found ==
          "I/O thread 1 may run on CPU 3,6, but the kernel does not balance threads on CPUs that "
          "are isolated at boot (6)");
    CHECK(first_finding(report("<emulatorpin cpuset='7'/>"), "PIN-ISOLCPUS").found ==
          "CPU 6 is isolated at boot, but no VM is pinned to it");
}
