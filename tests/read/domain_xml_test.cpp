#include "core/units.hpp"
#include "read/domain_xml_support.hpp"

using namespace hostlease;

namespace {
const std::string hook_operations[] = {"prepare", "start",   "started", "reconnect",
                                       "stopped", "release", "migrate"};
} // namespace

TEST_CASE("libvirt's XML on the hook's stdin is read in every operation") {
    for (const auto& operation : hook_operations) {
        CAPTURE(operation);
        const auto domain = read(domain_file("hook-" + operation + ".xml"));
        CHECK(domain.type == "qemu");
        CHECK(domain.arch == "x86_64");
        CHECK(domain.memory == 64 * MiB);
        CHECK(domain.current_memory == 64 * MiB);
        CHECK(domain.vcpus == 2);
        CHECK(domain.current_vcpus == 2);
        CHECK(domain.partition == "/machine");
        CHECK(domain.uuid.size() == 36);
        CHECK(domain.host_devices.empty());
        CHECK_FALSE(domain.backing.hugepages);
        CHECK_FALSE(domain.numa_memory);
    }
    const auto pinned = read(domain_file("hook-migrate.xml"));
    CHECK(pinned.name == "other");
    CHECK(pinned.uuid == "06c1ec55-0c49-4b5f-a36c-48b440e1a010");
    CHECK(pinned.vcpu_pins == std::vector<Pin>{{0, {0}, 8}, {1, {1}, 9}});
    CHECK(pinned.emulator_pin == Pin{0, {0, 1}, 10});
}

TEST_CASE("identity, metadata, memory and CPUs of a rich domain") {
    const auto domain = read(domain_file("numa-hugepages.xml"));
    CHECK(domain.name == "db-01");
    CHECK(domain.uuid == "4dea22b3-1d52-d8f3-2516-782e98ab3fa0");
    CHECK(domain.type == "kvm");
    CHECK(domain.arch == "aarch64");
    CHECK(domain.partition == "/machine/fast");
    CHECK(domain.os_id == "http://debian.org/debian/12");
    CHECK(domain.policy == "low-latency");
    CHECK(domain.policy_line == 10);
    CHECK(domain.memory == 11010049 * KiB); // the sum of cells and devices, whatever <memory> says
    CHECK(domain.current_memory == 8 * GiB);
    CHECK(domain.maximum_memory == 64 * GiB);
    CHECK(domain.vcpus == 4);
    CHECK(domain.current_vcpus == 3);
    CHECK(to_list(domain.vcpu_cpus) == "2-4,6-9");
    CHECK(domain.iothreads == 2);
    CHECK(domain.vcpu_pins == std::vector<Pin>{{0, {2}, 34}, {1, {3}, 35}, {2, {8}, 36}, {3, {9}, 37}});
    CHECK(domain.emulator_pin == Pin{0, {0, 1}, 38});
    CHECK(domain.iothread_pins == std::vector<Pin>{{4, {1}, 39}});
    CHECK(domain.vcpu_schedulers ==
          std::vector<ThreadScheduler>{{{0, 1}, "fifo", 1, 40}, {{3}, "batch", std::nullopt, 41}});
    CHECK(domain.topology == Topology{2, 1, 1, 2, 1});
}

TEST_CASE("guest NUMA cells, memory backing and NUMA placement of a rich domain") {
    const auto domain = read(domain_file("numa-hugepages.xml"));
    CHECK(domain.cells ==
          std::vector<GuestCell>{{0, {0, 1}, 4 * GiB, "shared", 57}, {1, {2, 3}, 4 * GiB, "", 58}});
    CHECK(domain.backing == MemoryBacking{true,
                                          {{2 * MiB, NodeSet{0}, 17}, {GiB, NodeSet{1}, 18}},
                                          "memfd",
                                          "shared",
                                          "immediate",
                                          4,
                                          true,
                                          true,
                                          true,
                                          15});
    CHECK(domain.numa_memory == NumaMemory{NumaMode::preferred, {0, 1}, false, 44});
    CHECK(domain.numa_cells ==
          std::vector<NumaCell>{{0, NumaMode::strict, {0}, 45}, {1, NumaMode::interleave, {1}, 46}});
}

TEST_CASE("memory devices, PCI host devices and disks of a rich domain") {
    const auto domain = read(domain_file("numa-hugepages.xml"));
    REQUIRE(domain.memory_devices.size() == 3);
    CHECK(domain.memory_devices[0] ==
          MemoryDevice{"dimm", 512 * MiB, {}, {}, 1, 2 * MiB, NodeSet{1}, "", domain.memory_devices[0].line});
    CHECK(domain.memory_devices[1] ==
          MemoryDevice{"virtio-mem", 2 * GiB, GiB, 2 * MiB, 0, {}, {}, "", domain.memory_devices[1].line});
    CHECK(domain.memory_devices[2] ==
          MemoryDevice{"nvdimm", KiB, {}, {}, 1, {}, {}, "/var/lib/nvdimm0", domain.memory_devices[2].line});
    REQUIRE(domain.host_devices.size() == 3);
    CHECK(to_text(domain.host_devices[0].address) == "0000:41:00.1");
    CHECK(domain.host_devices[0].managed);
    CHECK(to_text(domain.host_devices[1].address) == "0001:0a:1f.7");
    CHECK_FALSE(domain.host_devices[1].managed);
    CHECK(to_text(domain.host_devices[2].address) == "0000:81:10.2");
    REQUIRE(domain.disks.size() == 5);
    CHECK(domain.disks[0] ==
          Disk{"file", "disk", "/var/lib/images/a & b.qcow2", "", "vda", {1}, {}, domain.disks[0].line});
    CHECK(domain.disks[1] == Disk{"block", "lun", "/dev/vg/db", "", "sda", {}, {}, domain.disks[1].line});
    CHECK(domain.disks[2] == Disk{"file", "cdrom", "", "", "sdb", {}, {}, domain.disks[2].line});
    CHECK(domain.disks[3] == Disk{"network", "disk", "pool/image", "", "vdb", {}, {}, domain.disks[3].line});
    CHECK(domain.disks[4] == Disk{"volume", "disk", "fast", "v1", "vdc", {}, {}, domain.disks[4].line});
}

TEST_CASE(
    "elements of other namespaces do not count as libvirt's, and our policy is found under any prefix") {
    const auto domain = read(domain_file("foreign-namespaces.xml"));
    CHECK(domain.name == "right");
    CHECK(domain.memory == 512 * MiB);
    CHECK_FALSE(domain.backing.hugepages);
    CHECK(domain.vcpu_pins == std::vector<Pin>{{0, {3}, 12}});
    CHECK(domain.policy == "office");
    CHECK(domain.os_id == "http://microsoft.com/win/11");
    CHECK(domain.uuid == "c7a5fdbd-edaf-9455-926a-d65c16db1809");

    CHECK(read(with("<metadata><policy xmlns='urn:hostlease:domain:1'>a</policy></metadata>")).policy == "a");
    CHECK(
        read(with("<metadata xmlns='urn:hostlease:domain:1'><policy>a</policy></metadata>")).policy.empty());
    CHECK(read(with("<metadata xmlns:p='urn:hostlease:domain:1'><p:policy>a</p:policy></metadata>")).policy ==
          "a");
    CHECK(
        read(with("<metadata xmlns:p='urn:hostlease:domain:1'><p:policy xmlns:p='u'>a</p:policy></metadata>"))
            .policy.empty());
    CHECK(read(with("<metadata><p:policy>a</p:policy></metadata>")).policy.empty());
    CHECK(read(with("<p:policy xmlns:p='urn:hostlease:domain:1'>a</p:policy>")).policy.empty());
}

TEST_CASE("numad's placement is read as written") {
    const auto domain = read(domain_file("automatic-placement.xml"));
    CHECK(domain.vcpu_placement_auto);
    CHECK(domain.backing.hugepages);
    CHECK(domain.backing.pages.empty());
    REQUIRE(domain.numa_memory);
    CHECK(domain.numa_memory->automatic);
    CHECK(domain.numa_memory->nodes.empty());

    const auto both = read(with("<numatune><memory placement='auto' nodeset='1'/></numatune>"));
    CHECK(both.numa_memory == NumaMemory{NumaMode::strict, {}, true, 6});
}

TEST_CASE("sizes have libvirt's units and are rounded up to KiB") {
    struct Case {
        const char* memory;
        std::uint64_t bytes;
    };
    for (const auto& [memory, bytes] :
         {Case{"<memory>1</memory>", KiB}, Case{"<memory unit=''>7</memory>", 7 * KiB},
          Case{"<memory unit='b'>1</memory>", KiB}, Case{"<memory unit='bytes'>1025</memory>", 2 * KiB},
          Case{"<memory unit='KB'>3</memory>", 3 * KiB}, Case{"<memory unit='MB'>1</memory>", 977 * KiB},
          Case{"<memory unit='g'>2</memory>", 2 * GiB}, Case{"<memory unit='TiB'>1</memory>", 1024 * GiB},
          Case{"<memory>\n 12<!-- x -->34 </memory>", 1234 * KiB},
          Case{"<memory><![CDATA[5]]></memory>", 5 * KiB}, Case{"<memory>&#49;2</memory>", 12 * KiB}}) {
        CAPTURE(memory);
        CHECK(read(with_memory(memory)).memory == bytes);
    }
    for (const char* memory :
         {"", "<memory/>", "<memory>0</memory>", "<memory>-1</memory>", "<memory>+</memory>",
          "<memory>1.5</memory>", "<memory>0x10</memory>", "<memory>1 KiB</memory>",
          "<memory>99999999999999999999999</memory>", "<memory unit='EiB'>8</memory>",
          "<memory unit='b'>9223372036854775807</memory>", "<memory unit='xiB'>1</memory>",
          "<memory/><memory>1</memory>", "<x:memory>1</x:memory>"}) {
        CAPTURE(memory);
        CHECK_FALSE(errors_of(with_memory(memory)).empty());
    }
}

TEST_CASE("the balloon target is the memory if it is absent, zero or larger") {
    for (const char* current :
         {"", "<currentMemory>0</currentMemory>", "<currentMemory>9999</currentMemory>"}) {
        CAPTURE(current);
        CHECK(read(with(current)).current_memory == MiB);
    }
    CHECK(read(with("<currentMemory>512</currentMemory>")).current_memory == 512 * KiB);
}

TEST_CASE("a UUID becomes a file name, so only libvirt's forms pass and one form comes out") {
    for (const char* uuid :
         {"c7a5fdbd-edaf-9455-926a-d65c16db1809", "C7A5FDBDEDAF9455926AD65C16DB1809",
          " \n c7a5fdbd-edaf-9455-926a-d65c16db1809\n", "c7-a5-fd-bd-ed-af-94-55-92-6a-d6-5c-16-db-18-09",
          "--c7a5fdbdedaf9455926ad65c16db1809", "c7a5fdbd edaf-9455-926a-d65c16db1809"}) {
        CAPTURE(uuid);
        CHECK(read(with_uuid(uuid)).uuid == "c7a5fdbd-edaf-9455-926a-d65c16db1809");
    }
    for (const char* uuid :
         {"-", "../../../../../../etc/passwd", "c7a5fdbd-edaf-9455-926a-d65c16db180",
          "c7a5fdbd-edaf-9455-926a-d65c16db18091", "c7a5fdbd-edaf-9455-926a-d65c16db18091a",
          "c7a5fdbd-edaf-9455-926a-d65c16db180g", "c7a5fdbd-edaf-9455-926a-d65c16db1809-",
          "c-7a5fdbd-edaf-9455-926a-d65c16db1809", "{c7a5fdbd-edaf-9455-926a-d65c16db1809}",
          "0x7a5fdbdedaf9455926ad65c16db1809", "\u0663a5fdbd-edaf-9455-926a-d65c16db1809"}) {
        CAPTURE(uuid);
        CHECK(errors_of(with_uuid(uuid)).find("is not a UUID") != std::string::npos);
    }
    CHECK(errors_of(with_uuid("")).find("has no <uuid>") != std::string::npos); // as libvirt reads it
    CHECK(errors_of("<domain type='kvm'><name>a</name><memory>1</memory></domain>").find("has no <uuid>") !=
          std::string::npos);
}

TEST_CASE("names are read unchanged") {
    for (const char* name : {"vm", "..", "-v", "a b", "\u00fcber", "\U0001f600"}) {
        CAPTURE(name);
        CHECK(read(with_name(name)).name == name);
    }
    CHECK(read(with_name("&lt;&#x41;&#946;&amp;&quot;&apos;&gt;")).name == "<A\u03b2&\"'>");
    for (const char* name : {"", "a/b", "a&#10;b", "a\nb"}) {
        CAPTURE(name);
        CHECK_FALSE(errors_of(with_name(name)).empty());
    }
}

TEST_CASE("guest NUMA cells without ids are numbered in order, and given ids are sorted") {
    const auto counted =
        read(with("<cpu><numa><cell cpus='0' memory='1'/><cell cpus='1' memory='2'/></numa></cpu>"));
    CHECK(counted.cells == std::vector<GuestCell>{{0, {0, 2, 3}, KiB, "", 6}, {1, {1}, 2 * KiB, "", 6}});
    const auto sorted =
        read(with("<cpu><numa><cell id='1' memory='1'/><cell id='0' cpus='1' memory='2'/></numa></cpu>"));
    CHECK(sorted.cells == std::vector<GuestCell>{{0, {0, 1, 2, 3}, 2 * KiB, "", 6}, {1, {}, KiB, "", 6}});
}

TEST_CASE("a page for cell 0 of a domain without cells applies to the whole domain") {
    const auto domain = read(
        with("<memoryBacking><hugepages><page size='2' unit='M' nodeset='0'/></hugepages></memoryBacking>"));
    CHECK(domain.backing.pages == std::vector<HugePage>{{2 * MiB, std::nullopt, 6}});
}

TEST_CASE("more iothread ids than iothreads mean that many threads") {
    CHECK(read(with("<iothreadids><iothread id='7'/><iothread id='9'/></iothreadids>")).iothreads == 2);
    CHECK(read(with("<iothreads>3</iothreads><iothreadids><iothread id='7'/></iothreadids>")).iothreads == 3);
}

TEST_CASE("PCI addresses are hexadecimal, octal or decimal as in C") {
    const auto address = [](const std::string& text) {
        return with("<devices><hostdev mode='subsystem' type='pci'><source><address " + text +
                    "/></source></hostdev></devices>");
    };
    struct Case {
        const char* attributes;
        const char* text;
    };
    for (const auto& [attributes, text] : {Case{"bus='0xff' slot='0x1F'", "0000:ff:1f.0"},
                                           Case{"bus='17' slot='010' function='07'", "0000:11:08.7"},
                                           Case{"domain='0X10000' bus='0' slot='00'", "10000:00:00.0"},
                                           Case{"bus='+1' slot=' 0x2'", "0000:01:02.0"},
                                           Case{"slot='2'", "0000:00:02.0"}, Case{"", "0000:00:00.0"}}) {
        CAPTURE(attributes);
        CHECK(to_text(read(address(attributes)).host_devices.at(0).address) == text);
    }
    for (const char* attributes :
         {"bus='0x100' slot='0'", "bus='0' slot='0x20'", "bus='0' slot='0' function='8'", "bus='ff' slot='0'",
          "bus='0x' slot='0'", "bus='-1' slot='0'", "bus='09' slot='0'", "bus='' slot='0'",
          "domain='0x100000000' bus='0' slot='0'"}) {
        CAPTURE(attributes);
        CHECK_FALSE(errors_of(address(attributes)).empty());
    }
}

TEST_CASE("each mistake is one message with its line, the value and the element") {
    struct Case {
        const char* body;
        const char* message;
    };
    for (const auto& [body, message] : {
             Case{"<numatune/>\n<numatune/>",
                  "vm.xml:7: error: <numatune> occurs twice in <domain>; the first is in line 6\n"},
             Case{"<resource/>\n<resource/>",
                  "vm.xml:7: error: <resource> occurs twice in <domain>; the first is in line 6\n"},
             Case{"<cputune><emulatorpin cpuset='1'/></cputune>\n<cputune><emulatorpin "
                  "cpuset='1'/></cputune>",
                  "vm.xml:7: error: <emulatorpin> occurs twice in <cputune>; the first is in line 6\n"},
             Case{"<cpu/>\n<cpu><numa><cell memory='1'/></numa></cpu>",
                  "vm.xml:7: error: <numa> is in a second <cpu>\n  hint: write one <cpu>\n"},
             Case{"<cputune><vcpupin vcpu='1' cpuset='1'/>\n<vcpupin vcpu='1' cpuset='2'/></cputune>",
                  "vm.xml:7: error: <vcpupin> of vCPU 1 occurs twice; the first is in line 6\n"},
             Case{"<cputune><vcpupin vcpu='1'/></cputune>",
                  "vm.xml:6: error: <vcpupin> has no attribute 'cpuset'\n"},
             Case{"<cputune><emulatorpin cpuset='0-'/></cputune>",
                  "vm.xml:6: error: cpuset='0-' of <emulatorpin> is not a list such as 0-3,8: '0-' is not a "
                  "number or a range\n"},
             Case{"<cputune><emulatorpin cpuset='^1'/></cputune>",
                  "vm.xml:6: error: cpuset='^1' of <emulatorpin> is not a list such as 0-3,8: it has no "
                  "member\n"},
             Case{"<cputune><iothreadpin iothread='0' cpuset='1'/></cputune>",
                  "vm.xml:6: error: iothread='0' of <iothreadpin> is not between 1 and 4294967295\n"},
             Case{"<cputune><vcpusched vcpus='0' scheduler='rr'/></cputune>",
                  "vm.xml:6: error: <vcpusched> has no attribute 'priority'\n"},
             Case{"<cputune><vcpusched vcpus='0' scheduler='filo' priority='1'/></cputune>",
                  "vm.xml:6: error: scheduler='filo' of <vcpusched> is not one of fifo, rr, batch, idle\n  "
                  "hint: did you mean "
                  "'fifo'?\n"},
             Case{"<cputune><vcpusched vcpus='0-1' scheduler='idle'/><vcpusched vcpus='1-2' "
                  "scheduler='idle'/></cputune>",
                  "vm.xml:6: error: <vcpusched> names vCPU 1 again; each may be in only one\n"},
             Case{"<iothreads>x</iothreads>",
                  "vm.xml:6: error: 'x' in <iothreads> is not a whole number without a sign\n"},
             Case{"<cpu><topology sockets='0' cores='1' threads='1'/></cpu>",
                  "vm.xml:6: error: sockets='0' of <topology> is not between 1 and 16384\n"},
             Case{"<cpu><numa><cell memory='1' id='0'/><cell memory='1' id='0'/></numa></cpu>",
                  "vm.xml:6: error: <cell> 0 occurs twice; the first is in line 6\n"},
             Case{"<cpu><numa><cell memory='1' id='1'/></numa></cpu>",
                  "vm.xml:6: error: <cell> has id 1, but 1 cells have the ids 0 to 0\n"},
             Case{"<cpu><numa><cell cpus='0'/></numa></cpu>",
                  "vm.xml:6: error: <cell> has no attribute 'memory'\n"},
             Case{"<cpu><numa><cell cpus='0-1' memory='1'/><cell cpus='1-2' memory='1'/></numa></cpu>",
                  "vm.xml:6: error: <cell> 1 has vCPUs of another cell: '1'\n"},
             Case{"<cpu><numa><cell cpus='0-4' memory='1'/></numa></cpu>",
                  "vm.xml:6: error: <cell> 0 has vCPUs past the 4 of <vcpu>\n"},
             Case{"<memoryBacking><source type='memdf'/></memoryBacking>",
                  "vm.xml:6: error: type='memdf' of <source> is not one of anonymous, file, memfd\n  hint: "
                  "did you mean "
                  "'memfd'?\n"},
             Case{"<memoryBacking><hugepages><page size='0'/></hugepages></memoryBacking>",
                  "vm.xml:6: error: <page> has size 0\n"},
             Case{"<memoryBacking><hugepages><page size='4'/>\n<page size='8'/></hugepages></memoryBacking>",
                  "vm.xml:7: error: <page> without a nodeset occurs twice; the first is in line 6\n"
                  "  hint: each guest NUMA cell has one page size\n"},
             Case{"<memoryBacking><hugepages><page size='4' nodeset='1'/></hugepages></memoryBacking>",
                  "vm.xml:6: error: nodeset='1' of <page> names a guest NUMA cell that <numa> does not have: "
                  "'1'\n"},
             Case{"<cpu><numa><cell memory='1'/></numa></cpu><memoryBacking><hugepages><page size='4' "
                  "nodeset='0'/>\n"
                  "<page size='8' nodeset='0'/></hugepages></memoryBacking>",
                  "vm.xml:7: error: <page> names guest NUMA cell '0' again\n  hint: each guest NUMA cell has "
                  "one page size\n"},
             Case{"<numatune><memory mode='strict'/></numatune>",
                  "vm.xml:6: error: <memory> in <numatune> has neither a nodeset nor placement='auto'\n"},
             Case{"<numatune><memory mode='strickt' nodeset='0'/></numatune>",
                  "vm.xml:6: error: mode='strickt' of <memory> is not one of strict, preferred, interleave, "
                  "restrictive\n"
                  "  hint: did you mean 'strict'?\n"},
             Case{"<numatune><memnode cellid='0' nodeset='0'/></numatune>",
                  "vm.xml:6: error: cellid='0' of <memnode> names a guest NUMA cell that <numa> does not "
                  "have\n"},
             Case{"<cpu><numa><cell memory='1'/></numa></cpu><numatune><memnode cellid='0' nodeset='0'/>\n"
                  "<memnode cellid='0' nodeset='0'/></numatune>",
                  "vm.xml:7: error: <memnode> of cell 0 occurs twice; the first is in line 6\n"},
             Case{"<devices><memory model='dimm'/></devices>",
                  "vm.xml:6: error: the memory device has no <target> with a <size>\n"},
             Case{"<devices><memory "
                  "model='virtio-mem'><target><size>1</size><requested>2</requested></target></memory></"
                  "devices>",
                  "vm.xml:6: error: <requested> of the memory device is larger than its <size>\n"},
             Case{"<devices><hostdev type='pci'/></devices>",
                  "vm.xml:6: error: the PCI host device has no <source>\n"},
             Case{"<devices><interface type='hostdev'><source/></interface></devices>",
                  "vm.xml:6: error: the PCI host device has no <source> with an <address>\n"},
             Case{"<devices><disk><driver iothread='0'/></disk></devices>",
                  "vm.xml:6: error: iothread='0' of <driver> is not between 1 and 4294967295\n"},
             Case{
                 "<metadata "
                 "xmlns:h='urn:hostlease:domain:1'><h:policy>a</h:policy>\n<h:policy>b</h:policy></metadata>",
                 "vm.xml:7: error: hostlease's policy occurs twice in <metadata>; the first is in line 6\n"},
             Case{"<metadata xmlns:h='urn:hostlease:domain:1'><h:polcy>a</h:polcy></metadata>",
                  "vm.xml:6: error: 'h:polcy' in <metadata> is not an element of hostlease\n  hint: did you "
                  "mean 'policy'?\n"},
             Case{"<metadata xmlns:h='urn:hostlease:domain:1'><h:policy> </h:policy></metadata>",
                  "vm.xml:6: error: hostlease's policy in <metadata> is empty\n  hint: name a policy or "
                  "remove the element\n"},
             Case{
                 "<cputune><emulatorpin cpuset='1' cpuset='2'/></cputune>",
                 "vm.xml:6: error: not well-formed XML: an attribute is not name='value', or occurs twice\n"},
         }) {
        CAPTURE(body);
        CHECK(errors_of(with(body)) == message);
    }
}

TEST_CASE("all mistakes are reported at once") {
    CHECK(errors_of("<domain>\n<name/>\n<vcpu current='9'>2</vcpu></domain>") ==
          "vm.xml:1: error: <domain> has no attribute 'type'\n"
          "vm.xml:1: error: <domain> has no <uuid>\n  hint: take the XML from virsh dumpxml\n"
          "vm.xml:1: error: <domain> has no <memory>\n"
          "vm.xml:2: error: <name> is empty\n"
          "vm.xml:3: error: current='9' of <vcpu> is not between 1 and 2\n");
}
