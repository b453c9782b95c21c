// What libvirt accepts, ignores and refuses in vCPUs, threads and memory.
#include "core/units.hpp"
#include "read/domain_xml_support.hpp"
#include "read/xml_number.hpp"

#include <functional>
#include <limits>

using namespace hostlease;

namespace {
std::string cells(const std::string& inside) { return "<cpu><numa>" + inside + "</numa></cpu>"; }

std::vector<std::string> strays_of(const Domain& domain) {
    std::vector<std::string> list;
    for (const auto& stray : domain.stray_tuning)
        list.push_back(stray.text());
    return list;
}
} // namespace

TEST_CASE("pins and schedulers of missing threads are kept separate") {
    const auto domain = read(
        with("<iothreads>1</iothreads><cputune><vcpupin vcpu='0' cpuset='1'/><vcpupin vcpu='7' cpuset='x'/>"
             "<iothreadpin iothread='1' cpuset='2'/><iothreadpin iothread='2' cpuset='3'/>"
             "<vcpusched vcpus='3-5' scheduler='batch'/><vcpusched vcpus='6' scheduler='idle'/>"
             "<iothreadsched iothreads='1,4' scheduler='fifo' priority='1'/></cputune>"));
    CHECK(domain.vcpu_pins == std::vector<Pin>{{0, {1}, 6}});
    CHECK(domain.iothread_pins == std::vector<Pin>{{1, {2}, 6}});
    CHECK(domain.vcpu_schedulers == std::vector<ThreadScheduler>{{{3}, "batch", std::nullopt, 6}});
    CHECK(domain.iothread_schedulers == std::vector<ThreadScheduler>{{{1}, "fifo", 1, 6}});
    CHECK(strays_of(domain) == std::vector<std::string>{"<vcpupin> of vCPU 7",
                                                        "<iothreadpin> of I/O thread 2",
                                                        "<vcpusched> of vCPU 4-5", "<vcpusched> of vCPU 6",
                                                        "<iothreadsched> of I/O thread 4"});
    CHECK(domain.stray_tuning[0].is_ignored());
    CHECK_FALSE(domain.stray_tuning[1].is_ignored());
}

TEST_CASE("the emulator's scheduler is read, and any priority is taken as it is written") {
    const auto domain = read(with("<cputune><emulatorsched scheduler='rr' priority='0'/></cputune>"));
    CHECK(domain.emulator_scheduler == ThreadScheduler{{}, "rr", 0, 6});
    CHECK(read(with("<cputune><emulatorsched scheduler='idle'/></cputune>")).emulator_scheduler->priority ==
          std::nullopt);
    CHECK_FALSE(errors_of(with("<cputune><emulatorsched scheduler='fifo'/></cputune>")).empty());
    CHECK_FALSE(
        errors_of(with("<cputune><emulatorsched scheduler='fifo' priority='high'/></cputune>")).empty());
    CHECK_FALSE(errors_of(with("<cputune><emulatorsched scheduler='slow'/></cputune>")).empty());
}

TEST_CASE("I/O threads are numbered like in libvirt") {
    CHECK(read(with("")).iothread_ids.empty());
    CHECK(read(with("<iothreads/>")).iothread_ids.empty());
    CHECK(read(with("<iothreads>2</iothreads>")).iothread_ids == std::vector<unsigned>{1, 2});
    CHECK(read(with("<iothreadids><iothread id='4'/><iothread id='2'/></iothreadids>")).iothread_ids ==
          std::vector<unsigned>{2, 4});
    CHECK(read(with("<iothreads>3</iothreads><iothreadids><iothread id='2'/></iothreadids>")).iothread_ids ==
          std::vector<unsigned>{1, 2, 3});
    CHECK(read(with("<iothreadids><iothread id='4000000000'/></iothreadids>")).iothreads == 1);
    for (const char* ids : {"<iothread/>", "<iothread id='0'/>", "<iothread id='1'/><iothread id='1'/>"}) {
        CAPTURE(ids);
        CHECK_FALSE(errors_of(with("<iothreadids>" + std::string(ids) + "</iothreadids>")).empty());
    }
}

TEST_CASE("a disk has one I/O thread for all of its queues, or several that share them") {
    const auto threads = [](const std::string& driver) {
        return read(with("<devices><disk type='file'><driver name='qemu'" + driver +
                         "<target dev='vda'/></disk></devices>"))
            .disks.at(0)
            .iothreads;
    };
    CHECK(threads("/>").empty());
    CHECK(threads(" iothread='3'/>") == std::vector<unsigned>{3});
    CHECK(threads("><iothreads><iothread id='2'><queue id='1'/></iothread><iothread "
                  "id='5'/></iothreads></driver>") == std::vector<unsigned>{2, 5});
    CHECK(threads("><iothreads/></driver>").empty());
}

TEST_CASE("a disk of type nvme has the address of the host's device, and no other disk has") {
    const auto address = [](const std::string& disk) {
        return read(with("<devices><disk " + disk + "<target dev='vda'/></disk></devices>"))
            .disks.at(0)
            .address;
    };
    const std::string source = "<source type='pci' managed='yes' namespace='1'>"
                               "<address domain='0x0000' bus='0x41' slot='0x00' function='0x0'/></source>";
    CHECK(address("type='nvme'>" + source) == PciAddress{0, 0x41, 0, 0});
    CHECK(address("type='nvme'>") == std::nullopt);
    CHECK(address("type='file'>" + source) == std::nullopt);
}

TEST_CASE("a list of vCPUs says which are present") {
    const auto domain =
        read(with("<vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/><vcpu id='1' enabled='no'/>"
                  "<vcpu id='3' enabled='yes'/></vcpus>"));
    CHECK(domain.vcpus == 4);
    CHECK(domain.current_vcpus == 2);
    CHECK(to_list(present_vcpus(domain)) == "0,3");
    CHECK(to_list(present_vcpus(read(with_memory("<memory>1</memory><vcpu current='2'>4</vcpu>")))) == "0-1");
    for (const char* list : {"<vcpu id='1' enabled='yes'/>", "<vcpu id='0' enabled='no'/>", "<vcpu id='0'/>",
                             "<vcpu id='0' enabled='yes'/><vcpu id='4' enabled='yes'/>"}) {
        CAPTURE(list);
        CHECK_FALSE(errors_of(with("<vcpus>" + std::string(list) + "</vcpus>")).empty());
    }
}

TEST_CASE("the amount of memory is that of cells and memory devices") {
    const std::string two = "<cell memory='109550'/><cell memory='109550'/>";
    const std::string dimm =
        "<devices><memory model='dimm'><target><size>1024</size></target></memory></devices>";
    CHECK(read(with_memory(cells(two))).memory == 219100 * KiB);
    CHECK(read(with_memory("<memory>7</memory>" + cells(two) + dimm)).memory == 220124 * KiB);
    CHECK(read(with_memory("<memory>0</memory>" + cells(two))).memory == 219100 * KiB);
    CHECK(read(with_memory("<memory>2048</memory>" + dimm)).memory == 2 * MiB);
    CHECK_FALSE(errors_of(with_memory("<memory>1024</memory>" + dimm)).empty());
    CHECK_FALSE(errors_of(with_memory(cells("<cell memory='0'/>"))).empty());
    CHECK_FALSE(errors_of(with_memory("<memory>1</memory>" + cells(""))).empty());
}

TEST_CASE("vCPUs of no cell are the first one's") {
    const auto domain = read(with(cells("<cell cpus='1' memory='1'/><cell cpus='2' memory='1'/>")));
    CHECK(to_list(domain.cells[0].vcpus) == "0-1,3");
    CHECK(to_list(domain.cells[1].vcpus) == "2");
}

TEST_CASE("memory that virtio-mem has not requested is not plugged in") {
    const auto device = [](const std::string& requested) {
        return "<memory model='virtio-mem'><target><size>4096</size>" + requested + "</target></memory>";
    };
    const auto domain = read(with_memory("<memory>16384</memory><devices>" +
                                         device("<requested>1024</requested>") + device("") + "</devices>"));
    CHECK(domain.memory == 16 * MiB);
    CHECK(ram_size(domain) == 16 * MiB);
    CHECK(plugged_memory(domain) == 9 * MiB);
}

TEST_CASE("memory devices that are not RAM do not count as the guest's RAM") {
    for (const std::string model : {"nvdimm", "virtio-pmem", "sgx-epc"}) {
        CAPTURE(model);
        const auto domain = read(with_memory("<memory>16384</memory><devices><memory model='" + model +
                                             "'><target><size>12288</size></target></memory></devices>"));
        CHECK(domain.memory == 16 * MiB);
        CHECK(ram_size(domain) == 4 * MiB);
        CHECK(plugged_memory(domain) == 4 * MiB);
    }
}

TEST_CASE("a limit of memory is in the unit that libvirt reads, and may be none") {
    CHECK(parse_memory_limit("9", "GiB") == 9 * GiB);
    CHECK(parse_memory_limit(" 8 ", "") == 8 * KiB);
    CHECK(parse_memory_limit("1", "KB") == KiB);
    CHECK(parse_memory_limit("9007199254740990", "KiB") == 9007199254740990 * KiB);
    for (const std::string none : {"", "-1", "x", "9007199254740991", "18446744073709551615"})
        CHECK(parse_memory_limit(none, "KiB") == std::nullopt);
    CHECK(parse_memory_limit("1", "parsec") == std::nullopt);
}

TEST_CASE("cells that are larger than any number together do not wrap around") {
    const std::string cell = "<cell cpus='0' memory='9007199254740990' unit='KiB'/>";
    const auto domain = read(with("<cpu><numa>" + cell + "<cell cpus='1' memory='9007199254740990'/>" +
                                  "<cell cpus='2' memory='9007199254740990'/></numa></cpu>"));
    CHECK(domain.memory == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("a PCI host device without an address is the first one") {
    const auto domain = read(with("<devices><hostdev type='pci'><source/></hostdev></devices>"));
    REQUIRE(domain.host_devices.size() == 1);
    CHECK(to_text(domain.host_devices[0].address) == "0000:00:00.0");
}

TEST_CASE("a list may end with a comma, and '^' removes single numbers") {
    const auto pinned_to = [](const std::string& list) {
        return with("<cputune><emulatorpin cpuset='" + list + "'/></cputune>");
    };
    CHECK(to_list(read(pinned_to("0-1,")).emulator_pin->cpus) == "0-1");
    CHECK(to_list(read(pinned_to("0-5, ^2 , ")).emulator_pin->cpus) == "0-1,3-5");
    for (const char* list : {",", "0,,", ",0", "0-5,^2-3", "0-5,^ 2", "0,^0"}) {
        CAPTURE(list);
        CHECK_FALSE(errors_of(pinned_to(list)).empty());
    }
}

TEST_CASE("a domain that is not defined yet may lack a UUID, but must not have an invalid one") {
    const std::string none = "<domain type='kvm'><name>vm</name><memory>1</memory></domain>";
    CHECK(read_domain_xml(none, "vm.xml", DomainIdentity::may_be_missing)->uuid.empty());
    CHECK_FALSE(read_domain_xml(none, "vm.xml"));
    CHECK_FALSE(read_domain_xml(with_uuid("x"), "vm.xml", DomainIdentity::may_be_missing));
    CHECK(read_domain_xml(with_uuid("x"), "vm.xml", DomainIdentity::may_be_wrong)->uuid.empty());
}

TEST_CASE("numad places the memory of vCPUs that it places, and an empty element has no effect") {
    const auto placed = read(with_memory("<memory>1</memory><vcpu placement='auto'>2</vcpu>"));
    REQUIRE(placed.numa_memory);
    CHECK(placed.numa_memory->automatic);
    CHECK_FALSE(read(with("<numatune><memory/></numatune>")).numa_memory);
    CHECK_FALSE(errors_of(with("<numatune><memory mode='strict'/></numatune>")).empty());
}

TEST_CASE("a topology needs sockets, cores and threads") {
    CHECK_FALSE(errors_of(with("<cpu><topology sockets='1' cores='4'/></cpu>")).empty());
    CHECK(read(with("<cpu><topology sockets='1' cores='2' threads='2'/></cpu>")).topology ==
          Topology{1, 1, 1, 2, 2});
}

TEST_CASE("arguments for QEMU are read with their values, from QEMU's namespace only") {
    const std::string text =
        "<domain type='kvm' xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><name>vm</name>\n"
        "<uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid><memory>1</memory>\n"
        "<q:commandline><q:arg value='--cpu'/><q:arg value='host,hv_time'/><q:arg value='-nodefaults'/>\n"
        "<q:arg value='-m'/><q:arg value='2G'/></q:commandline>"
        "<commandline><arg value='-smp'/></commandline></domain>";
    const auto domain = read(text);
    CHECK(domain.qemu_arguments ==
          std::vector<QemuArgument>{{"-cpu", "host,hv_time", 3}, {"-nodefaults", "", 3}, {"-m", "2G", 4}});
    CHECK_FALSE(replaces_memory(domain.qemu_arguments[0]));
    CHECK(replaces_memory(domain.qemu_arguments[2]));
    CHECK(replaces_memory({"-numa", "node,memdev=m", 1}));
    CHECK_FALSE(replaces_memory({"-numa", "node", 1}));
}

TEST_CASE("processing instructions are ignored like in libvirt, wherever they are") {
    const auto text = "<!-- one -->\n<?xml-stylesheet href='x'?>\n" +
                      with("<?a\nb?><iothreads>2<?c d?></iothreads>") + "<?e?>\n";
    CHECK(read(text).iothreads == 2);
    CHECK(read("<?xml version='1.0'?>\n" + text).iothreads == 2);
    CHECK(read(with("<description><![CDATA[<?a?>]]></description><!-- <?b --><iothreads>3</iothreads>"))
              .iothreads == 3);
    CHECK(errors_of("<!-- one -->\n<?a\n?>" + with("<iothreads>x</iothreads>")).starts_with("vm.xml:8:"));
    CHECK_FALSE(errors_of(with("<?a")).empty());
}

TEST_CASE("numbers may have white space and a plus before them, and an empty size counts as absent") {
    const auto domain = read(with_memory(
        "<memory> +1048576</memory><currentMemory/><vcpu current=' +1'>\n04</vcpu>"
        "<iothreads/><memoryBacking><allocation threads=''/></memoryBacking><cputune>"
        "<vcpupin vcpu='+3' cpuset='1'/><emulatorsched scheduler='rr' priority=' +7'/></cputune>"));
    CHECK(domain.memory == GiB);
    CHECK(domain.current_memory == GiB);
    CHECK(domain.vcpus == 4);
    CHECK(domain.current_vcpus == 1);
    CHECK(domain.backing.allocation_threads == 0);
    CHECK(domain.vcpu_pins == std::vector<Pin>{{3, {1}, 2}});
    CHECK(domain.emulator_scheduler->priority == 7);
    for (const char* number : {"+", "+-4", "-+4", "++4", "+ 4", "0x4", "4.0", "1e1", "-4", "4 4", ""}) {
        CAPTURE(number);
        CHECK_FALSE(
            errors_of(with_memory("<memory>1</memory><vcpu>" + std::string(number) + "</vcpu>")).empty());
    }
    CHECK_FALSE(errors_of(with_memory("<memory/>")).empty());
}

TEST_CASE("of a repeated element, the first is read") {
    const auto domain = read(with(
        "<name>b</name><uuid>b</uuid><memory>7</memory><vcpu>9</vcpu><iothreads>1</iothreads>"
        "<iothreads>2</iothreads><cpu><topology sockets='1' cores='4' threads='1'/><topology sockets='2' "
        "cores='2' threads='1'/></cpu><cpu><topology sockets='4' cores='1' threads='1'/></cpu>"
        "<resource><partition>/a</partition><partition>/b</partition></resource>"
        "<devices><disk><source file='/a'/><source file='/b'/><target dev='vda'/></disk></devices>"));
    CHECK(domain.name == "vm");
    CHECK(domain.vcpus == 4);
    CHECK(domain.memory == MiB);
    CHECK(domain.iothreads == 1);
    CHECK(domain.topology == Topology{1, 1, 1, 4, 1});
    CHECK(domain.partition == "/a");
    CHECK(domain.disks.at(0).source == "/a");
}

TEST_CASE("repeated sections are read together") {
    const auto domain = read(
        with("<cputune><vcpupin vcpu='0' cpuset='1'/></cputune><cputune><vcpupin vcpu='1' cpuset='2'/>"
             "<emulatorpin cpuset='3'/></cputune><memoryBacking><source/><locked/><hugepages/>"
             "<allocation mode='immediate'/></memoryBacking><memoryBacking><source type='memfd'/>"
             "<hugepages><page size='2048'/></hugepages><allocation threads='3'/></memoryBacking>"
             "<iothreadids><iothread id='4'/></iothreadids><iothreadids><iothread id='2'/></iothreadids>"
             "<devices><disk><source file='/a'/></disk></devices><x:devices xmlns:x='u'><disk/></x:devices>"
             "<devices><disk><source file='/b'/></disk></devices>"));
    CHECK(domain.vcpu_pins == std::vector<Pin>{{0, {1}, 6}, {1, {2}, 6}});
    CHECK(domain.emulator_pin->cpus == CpuSet{3});
    CHECK(domain.backing.locked);
    CHECK(domain.backing.source == "memfd");
    CHECK(domain.backing.allocation == "immediate");
    CHECK(domain.backing.allocation_threads == 3);
    CHECK(domain.backing.pages.size() == 1);
    CHECK(domain.iothread_ids == std::vector<unsigned>{2, 4});
    REQUIRE(domain.disks.size() == 2);
    CHECK(domain.disks[1].source == "/b");
}

TEST_CASE("of a repeated feature, the last wins") {
    const auto text = with("<features><hyperv><relaxed state='on'/><stimer state='on'><direct state='on'/>"
                           "</stimer></hyperv><acpi/></features><features><hyperv><relaxed state='off'/>"
                           "<stimer state='on'/></hyperv><apic/></features>"
                           "<clock offset='utc'><timer name='rtc'/></clock><clock offset='x'><timer "
                           "name='pit'/></clock>");
    const auto document = read_domain_document(text, "vm.xml");
    REQUIRE(document);
    std::string shown;
    const std::function<void(XmlElement)> show = [&](XmlElement element) {
        shown += std::string(element.name()) + "=";
        element.for_each_attribute([&](std::string_view, std::string_view value) { shown += value; });
        shown += "(";
        for (auto child = element.first_child(); child; child = child.next_sibling())
            show(child);
        shown += ")";
    };
    for_each_child(document->root(), "features", show);
    for_each_child(document->root(), "clock", show);
    CHECK(shown == "features=(acpi=()hyperv=(relaxed=off()stimer=on(direct=on()))apic=())"
                   "clock=utc(timer=rtc()timer=pit())");
}

TEST_CASE("a DOCTYPE is read for the text of its entities") {
    const std::string doctype = "<!DOCTYPE domain SYSTEM 'no.dtd' [\n<!-- don't > ] -->\n<?x ]> ?>\n"
                                "<!ELEMENT domain ANY><!NOTATION n SYSTEM '>'><!ENTITY % p 'unused'>\n"
                                "<!ENTITY n '3'><!ENTITY n '5'><!ENTITY m \"&n;&#48;\">"
                                "<!ENTITY t 'a &amp; \"b\"'>\n] >\n";
    const auto domain = read(doctype + with("<iothreads>&n;</iothreads><cputune><emulatorpin "
                                            "cpuset='&m;-40'/></cputune><resource><partition>&t;</partition>"
                                            "</resource><description><![CDATA[&n;]]></description>"));
    CHECK(domain.iothreads == 3);
    CHECK(to_list(domain.emulator_pin->cpus) == "30-40");
    CHECK(domain.partition == "a & \"b\"");
    CHECK(errors_of(doctype + with("<iothreads>&x;</iothreads>"))
              .starts_with("vm.xml:12: error: the entity '&x;' is not defined"));
    CHECK(errors_of(doctype + with("<iothreads>&n;x</iothreads>")).starts_with("vm.xml:12: error: '3x' in"));
    CHECK(read("<!DOCTYPE domain>" + with("")).name == "vm");
}
