// Disks, controllers and references to them.
#include "suggest/suggest_support.hpp"

#include <set>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// The content of <devices>, after this group was set for a Linux guest.
std::string devices_of(const std::string& devices, RuleGroup group) {
    const std::string head =
        "<domain type='kvm'><name>vm</name><memory>1048576</memory><vcpu>2</vcpu><os><type arch='x86_64' "
        "machine='q35'>hvm</type></os>";
    const auto text =
        settled(head + "<devices>" + devices + "</devices></domain>", make_scene(), {.groups = {group}}).text;
    const auto begin = text.find("<devices>") + 9;
    return text.substr(begin, text.rfind("</devices>") - begin);
}

std::string usb(const std::string& index, const std::string& model, const std::string& inside = {}) {
    const auto start = "<controller type='usb' index='" + index + "' model='" + model + "'";
    return inside.empty() ? start + "/>" : start + ">" + inside + "</controller>";
}

std::string xhci(const std::string& index) {
    return "<controller type='usb' index='" + index + "' model='qemu-xhci' ports='15'/>";
}

bool begins_with(const std::string& text, const std::string& start) {
    if (text.starts_with(start)) return true;
    MESSAGE(text);
    return false;
}
} // namespace

TEST_CASE("USB controllers keep their index, by which devices name their bus") {
    const std::string tablet =
        "<input type='tablet' bus='usb'><address type='usb' bus='1' port='1'/></input>";
    CHECK(begins_with(
        devices_of(usb("0", "piix3-uhci") + usb("1", "ich9-ehci1") + usb("2", "nec-xhci") + tablet,
                   RuleGroup::devices),
        xhci("0") + xhci("1") + usb("2", "nec-xhci") + "<channel"));
}

TEST_CASE("companions of an ICH9 controller are removed with it, whichever comes first") {
    const auto companion =
        usb("0", "ich9-uhci1", "<master startport='0'/><address type='pci' slot='4' function='0'/>");
    const auto master = usb("0", "ich9-ehci1", "<address type='pci' slot='4' function='7'/>");
    CHECK(begins_with(devices_of(master + companion, RuleGroup::devices), xhci("0") + "<channel"));
    CHECK(begins_with(devices_of(companion + master, RuleGroup::devices), xhci("0") + "<channel"));
}

TEST_CASE("controllers without a relation to disks stay") {
    const std::string others =
        "<controller type='virtio-serial' index='0'/><controller type='sata' index='0'/>";
    const auto devices =
        devices_of(others + "<disk type='file' device='disk'><source file='/a'/><target dev='sda' "
                            "bus='scsi'/></disk>",
                   RuleGroup::storage);
    CHECK(devices.find(others) != std::string::npos);
    CHECK(devices.find("<controller type='scsi' index='0' model='virtio-scsi'>") != std::string::npos);
}

TEST_CASE("the SCSI controller that a disk names is added") {
    const auto devices = devices_of(
        "<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='scsi'/><address "
        "type='drive' controller='2'/></disk>",
        RuleGroup::storage);
    CHECK(devices.find("<controller type='scsi' index='2' model='virtio-scsi'>") != std::string::npos);
    // libvirt would add an emulated one beside the good one
    const auto second = devices_of(
        "<controller type='scsi' index='0' model='virtio-scsi'/><disk type='file' device='disk'><source "
        "file='/a'/><target dev='sdb' bus='scsi'/><address type='drive' controller='1'/></disk>",
        RuleGroup::storage);
    CHECK(second.find("<controller type='scsi' index='1' model='virtio-scsi'") != std::string::npos);
}

TEST_CASE("a vhost-user disk, which QEMU does not serve, is not changed") {
    const std::string disk =
        "<disk type='vhostuser' device='disk'><driver name='qemu' type='raw'/><source type='unix' "
        "path='/run/a'/><target dev='vda' bus='virtio'/></disk>";
    CHECK(begins_with(devices_of(disk, RuleGroup::storage), disk));
    const std::string plain =
        "<disk type='file' device='disk'><source file='/a'/><target dev='vdb' bus='virtio'/></disk>";
    CHECK(begins_with(devices_of(disk + plain, RuleGroup::storage), disk));
}

TEST_CASE("a disk keeps its name if the name implies its bus") {
    const auto devices =
        devices_of("<disk type='file'><source file='/a'/><target dev='vdc'/></disk>", RuleGroup::storage);
    CHECK(devices.find("<target dev='vdc'") != std::string::npos);
}

TEST_CASE("attributes that only an IDE disk may have are removed with its bus") {
    const auto devices = devices_of(
        "<disk type='file'><source file='/a'/><target dev='hda' bus='ide'/><geometry cyls='1' heads='1' "
        "secs='1' trans='lba'/></disk>",
        RuleGroup::storage);
    CHECK(devices.find("<geometry cyls='1' heads='1' secs='1'/>") != std::string::npos);
}

TEST_CASE("OpenGL is enabled if a display can show it") {
    const std::string video = "<video><model type='virtio'><acceleration accel3d='yes'/></model></video>";
    const auto with = [&](const std::string& type) {
        return devices_of("<graphics type='" + type + "'/>" + video, RuleGroup::graphics);
    };
    CHECK(begins_with(with("sdl"), "<graphics type='sdl'><gl enable='yes'/></graphics>" + video));
    CHECK(with("vnc").find("<graphics type='egl-headless'/>") != std::string::npos);
    CHECK(begins_with(devices_of(video, RuleGroup::graphics), video));
}

TEST_CASE("notes about displays describe the result") {
    const auto notes_of = [](const std::string& devices) {
        std::string text;
        for (const auto& note :
             settled(document_of("<clock offset='utc'/><metadata/><devices>" + devices + "</devices>"),
                     make_scene(), {.groups = {RuleGroup::graphics}})
                 .notes)
            text += note.text + "\n";
        return text;
    };
    const std::string accelerated = "<acceleration accel3d='yes'/></model></video>";
    const auto local =
        notes_of("<graphics type='spice' listen='127.0.0.1'/><video><model type='qxl'>" + accelerated);
    CHECK(local.find("SPICE listens on no address: ") != std::string::npos);
    CHECK(local.find("3D is not suggested") == std::string::npos); // GFX-GL turns OpenGL on
    const std::string plain = "<video><model type='virtio'/></video>";
    CHECK(notes_of("<graphics type='vnc'/>" + plain) ==
          "3D is not suggested: it needs OpenGL in <graphics>\n");
    CHECK(notes_of("<graphics type='spice' listen='127.0.0.1'/>" + plain) ==
          "3D is not suggested: it needs OpenGL in <graphics>, with which SPICE shows the display only on "
          "this host\n");
    // SPICE can still be reached from other hosts
    const auto both = notes_of("<graphics type='vnc' listen='::'/><graphics type='spice' "
                               "listen='192.0.2.1'/>");
    CHECK(both ==
          "<graphics> of type 'vnc' listens only on ::1: viewers on other hosts connect through SSH\n");
}

TEST_CASE("a display that is shown only on this host has no secure channels") {
    const auto devices = devices_of(
        "<graphics type='spice' defaultMode='secure' tlsPort='5901'><channel name='main' "
        "mode='secure'/><channel name='record' mode='insecure'/><gl enable='yes'/></graphics><video><model "
        "type='virtio'><acceleration accel3d='yes'/></model></video>",
        RuleGroup::graphics);
    CHECK(begins_with(
        devices, "<graphics type='spice'><listen type='none'/><channel name='record' mode='insecure'/>"));
}

TEST_CASE("shared memory is shared in each cell") {
    const auto text =
        settled(
            "<domain type='kvm'><name>vm</name><memory>1048576</memory><vcpu>2</vcpu><cpu><numa><cell id='0' "
            "cpus='0-1' memory='1048576' memAccess='private'/></numa></cpu><devices><filesystem "
            "type='mount'><driver type='virtiofs'/><source dir='/srv'/><target "
            "dir='a'/></filesystem></devices></domain>",
            make_scene(), {.groups = {RuleGroup::memory}})
            .text;
    CHECK(text.find("memAccess='shared'") != std::string::npos);
}

TEST_CASE("network cards without support for several queues get none, and keep their driver") {
    for (const auto* type : {"udp", "vhostuser"}) {
        const auto start = "<interface type='" + std::string(type) + "'><model type='virtio'/>";
        CHECK(begins_with(devices_of(start + "</interface>", RuleGroup::network),
                          start + "<driver rx_queue_size='1024'/>"));
    }
    const std::string transient =
        "<interface type='network'><teaming type='transient' persistent='ua-a'/></interface>";
    CHECK(begins_with(devices_of(transient, RuleGroup::network), transient));
}

TEST_CASE("a tap that libvirt does not create keeps its number of queues, with a message") {
    const auto card = [](const std::string& driver) {
        return "<interface type='ethernet'><target dev='tap0' managed='no'/><model type='virtio'/><driver " +
               driver + "/></interface>";
    };
    for (const std::string driver : {"name='vhost'", "name='vhost' queues='4'"})
        CHECK(begins_with(devices_of(card(driver), RuleGroup::network),
                          card(driver + " rx_queue_size='1024'")));
    const auto done = settled(document_of("<devices>" + card("name='vhost'") + "</devices>"), make_scene(),
                              {.groups = {RuleGroup::network}});
    CHECK(std::any_of(done.notes.begin(), done.notes.end(), [](const SuggestNote& note) {
        return note.text.starts_with("the network card on tap 'tap0' keeps its number of queues");
    }));
}

TEST_CASE("a USB stick stays one when other disks move to virtio") {
    const auto disk = [](const std::string& target) {
        return "<disk type='file' device='disk'><source file='/a'/><target " + target + "/></disk>";
    };
    const auto stick = disk("dev='sdb' bus='usb' removable='on'");
    const auto devices = devices_of(disk("dev='sda' bus='sata'") + stick, RuleGroup::storage);
    CHECK(devices.find("bus='usb' removable='on'") != std::string::npos);
    CHECK(devices.find("bus='sata'") == std::string::npos);
}

TEST_CASE("the disk owner's choices stay, and remain as advice") {
    const auto disk = [](const std::string& driver) {
        return "<disk type='file' device='disk'><driver name='qemu' type='qcow2' " + driver +
               " iothread='1'/><source file='/a'/><target dev='vda' bus='virtio'/></disk>";
    };
    const auto driver_after = [&](const std::string& driver) {
        const auto text = devices_of(disk(driver), RuleGroup::storage);
        const auto begin = text.find("'qcow2' ") + 8;
        return text.substr(begin, text.find(" iothread='1'") - begin);
    };
    for (const std::string chosen :
         {"cache='writeback' discard='ignore' detect_zeroes='off'",
          "cache='none' io='threads' discard='ignore' detect_zeroes='on'",
          "cache='directsync' io='io_uring' discard='unmap' detect_zeroes='unmap'",
          "cache='writethrough' io='threads' discard='ignore' detect_zeroes='off'"})
        CHECK(driver_after(chosen) == chosen);
    CHECK(driver_after("discard='ignore' detect_zeroes='off' cache='unsafe' io='threads'") ==
          "discard='ignore' detect_zeroes='off' cache='none' io='threads'");
    CHECK(driver_after("discard='ignore' detect_zeroes='off' cache='writeback' io='native'") ==
          "discard='ignore' detect_zeroes='off' cache='none' io='native'");
    std::set<std::string_view> remaining;
    for (const auto& result :
         settled(document_of("<devices>" + disk("cache='writeback' discard='ignore' detect_zeroes='off'") +
                             "</devices>"),
                 large_scene(), {.groups = {RuleGroup::storage}})
             .remaining)
        remaining.insert(result.rule->id);
    for (const auto* rule : {"DISK-CACHE-IO", "DISK-DISCARD", "DISK-ZEROES"})
        CHECK(remaining.contains(rule));
}

TEST_CASE("the owner's choices for other devices stay") {
    const std::string card = "<interface type='network'><source network='default'/><model type='virtio'/>"
                             "<driver name='vhost' queues='1' rx_queue_size='512'/></interface>";
    CHECK(begins_with(devices_of(card, RuleGroup::network), card));
    const std::string share = "<filesystem type='mount' accessmode='passthrough'><driver type='virtiofs' "
                              "queue='512'/><binary xattr='off'/><source dir='/s'/><target dir='s'/>"
                              "</filesystem>";
    CHECK(begins_with(devices_of(share, RuleGroup::storage), share));
    const std::string balloon =
        "<memballoon model='virtio' freePageReporting='on'><stats period='5'/></memballoon>";
    CHECK(begins_with(devices_of(balloon, RuleGroup::memory), balloon));
    const auto text_with = [](const std::string& body, RuleGroup group) {
        return settled(document_of(body), large_scene(), {.groups = {group}}).text;
    };
    CHECK(text_with("<pm><suspend-to-mem enabled='yes'/></pm>", RuleGroup::devices)
              .find("<pm><suspend-to-mem enabled='yes'/><suspend-to-disk enabled='no'/></pm>") !=
          std::string::npos);
    CHECK(text_with("<cpu mode='host-passthrough'><feature policy='disable' name='invtsc'/></cpu>",
                    RuleGroup::cpu)
              .find("<feature policy='disable' name='invtsc'/>") != std::string::npos);
}

TEST_CASE("settings that a disk loses with the change to virtio are reported") {
    const std::string disk =
        "<disk type='block' device='disk'><source dev='/dev/sdx'/><target dev='sda' "
        "bus='scsi'/><wwn>5000c50015ea71ac</wwn><vendor>V</vendor><product>P</product></disk>";
    const auto told = [](const std::string& text) {
        for (const auto& note : settled(document_of("<devices>" + text + "</devices>"), large_scene(),
                                        {.groups = {RuleGroup::storage}})
                                    .notes)
            if (note.text.find("loses") != std::string::npos) return note.text;
        return std::string();
    };
    auto sata = disk;
    sata.replace(sata.find("'scsi'"), 6, "'sata'");
    CHECK(told(sata).starts_with("disk sda loses <wwn>, <vendor>, <product>, which virtio disks"));
    CHECK(told(disk).empty());
}

TEST_CASE("one I/O thread in place of several is reported") {
    auto scene = large_scene();
    scene.libvirt_version = 9'000'000;
    const auto suggestion = settled(
        document_of(
            "<iothreads>2</iothreads><devices><disk type='file'><driver name='qemu'><iothreads><iothread "
            "id='2'/></iothreads></driver><source file='/a'/><target dev='vda' bus='virtio'/></disk>"
            "</devices>"),
        scene, {.groups = {RuleGroup::storage}});
    CHECK(suggestion.text.find("iothread='2'") != std::string::npos);
    CHECK(std::any_of(suggestion.notes.begin(), suggestion.notes.end(), [](const SuggestNote& note) {
        return note.text.starts_with("disk vda gets one I/O thread for all of its queues");
    }));
}

TEST_CASE("a card that becomes virtio loses an address of another bus, and keeps one on PCI") {
    const auto card = [](const std::string& model, const std::string& address) {
        return "<interface type='bridge'><source bridge='br0'/><model type='" + model + "'/><address " +
               address + "/></interface>";
    };
    for (const auto* address :
         {"type='usb' bus='0' port='2'", "type='isa' iobase='0x300'", "type='spapr-vio' reg='0x1000'"})
        CHECK(devices_of(card("old", address), RuleGroup::network).find("<address") == std::string::npos);
    CHECK(devices_of(card("e1000", "type='pci' slot='3'"), RuleGroup::network).find("slot='3'") !=
          std::string::npos);
}

TEST_CASE("a device whose QEMU properties the owner sets keeps its model") {
    const std::string head = "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
                             "<name>vm</name><memory>1048576</memory><vcpu>2</vcpu><os><type arch='x86_64' "
                             "machine='q35'>hvm</type></os><devices>";
    const auto disk = [](const std::string& name, const std::string& alias) {
        return "<disk type='file' device='disk'><source file='/" + name + "'/><target dev='" + name +
               "' bus='sata'/>" + (alias.empty() ? "" : "<alias name='" + alias + "'/>") + "</disk>";
    };
    const auto suggested = [&](const std::string& disks, const std::string& extra) {
        return settled(head + disks + "</devices>" + extra + "</domain>", make_scene(),
                       {.groups = {RuleGroup::storage}});
    };
    const auto named = [](const std::string& alias) {
        return "<qemu:override><qemu:device alias='" + alias +
               "'><qemu:frontend><qemu:property name='rotation_rate' type='unsigned' value='1'/>"
               "</qemu:frontend></qemu:device></qemu:override>";
    };
    const auto one = suggested(disk("sda", "ua-root") + disk("sdb", "ua-data"), named("ua-root"));
    CHECK(one.text.find("dev='sda' bus='sata'") != std::string::npos);
    CHECK(one.text.find("dev='vda' bus='virtio'") != std::string::npos);
    CHECK(std::any_of(one.notes.begin(), one.notes.end(), [](const SuggestNote& note) {
        return note.text.find("the XML sets QEMU properties of 'ua-root'") != std::string::npos;
    }));
    const auto numbered = suggested(disk("sda", "") + disk("sdb", ""), named("sata0-0-1"));
    CHECK(numbered.text.find("bus='virtio'") == std::string::npos);
    const auto by_argument =
        suggested(disk("sda", ""), "<qemu:commandline><qemu:arg value='-set'/><qemu:arg "
                                   "value='device.sata0-0-0.rotation_rate=1'/></qemu:commandline>");
    CHECK(by_argument.text.find("bus='virtio'") == std::string::npos);
}

TEST_CASE("I/O threads: none without ioeventfd, and an undefined one is defined by its number") {
    const auto disk = [](const std::string& driver) {
        return "<disk type='file' device='disk'><driver name='qemu' type='raw' cache='none' io='native' "
               "discard='unmap' detect_zeroes='unmap' " +
               driver + "/><source file='/a'/><target dev='vda' bus='virtio'/></disk>";
    };
    CHECK(devices_of(disk("ioeventfd='off'"), RuleGroup::storage).find("iothread=") == std::string::npos);
    const auto both = devices_of(disk("ioeventfd='off' iothread='1'"), RuleGroup::storage);
    CHECK(both.find("ioeventfd") == std::string::npos);
    CHECK(both.find("iothread='1'") != std::string::npos);
    const auto text =
        settled("<domain type='kvm'><name>vm</name><memory>1048576</memory><vcpu>2</vcpu><os><type "
                "arch='x86_64' machine='q35'>hvm</type></os><devices>" +
                    disk("iothread='9'") + "</devices></domain>",
                make_scene(), {.groups = {RuleGroup::storage}})
            .text;
    CHECK(text.find("<iothread id='9'/>") != std::string::npos);
    CHECK(text.find("<iothreads>1</iothreads>") != std::string::npos);
}

TEST_CASE("file-backed memory stays when a folder moves to virtiofs") {
    const auto text =
        settled("<domain type='kvm'><name>vm</name><memory>1048576</memory><vcpu>2</vcpu>"
                "<memoryBacking><source type='file'/><access mode='shared'/></memoryBacking><os><type "
                "arch='x86_64' machine='q35'>hvm</type></os><devices><filesystem type='mount'>"
                "<source dir='/srv'/><target dir='srv'/></filesystem></devices></domain>",
                make_scene(), {.groups = {RuleGroup::storage}})
            .text;
    CHECK(text.find("virtiofs") != std::string::npos);
    CHECK(text.find("<source type='file'/>") != std::string::npos);
}

TEST_CASE("machines without a bus for virtio get no virtio devices") {
    for (const auto& [arch, machine, has_bus] :
         std::initializer_list<std::tuple<const char*, const char*, bool>>{{"aarch64", "raspi3b", false},
                                                                           {"aarch64", "sbsa-ref", false},
                                                                           {"aarch64", "virt", true},
                                                                           {"riscv64", "sifive_u", false},
                                                                           {"m68k", "q800", false},
                                                                           {"ppc64le", "pseries", true}}) {
        const auto text =
            settled("<domain type='qemu'><name>vm</name><memory>1048576</memory><vcpu>2</vcpu><os>"
                    "<type arch='" +
                        std::string(arch) + "' machine='" + machine + "'>hvm</type></os><devices/></domain>",
                    make_scene(), {.groups = {RuleGroup::devices}})
                .text;
        CHECK_MESSAGE((text.find("virtio") != std::string::npos) == has_bus, machine);
    }
}

TEST_CASE("an SEV guest keeps <locked/>, without which QEMU cannot pin its memory") {
    const auto text =
        settled("<domain type='kvm'><name>vm</name><memory>1048576</memory><vcpu>2</vcpu><memoryBacking>"
                "<hugepages/><locked/></memoryBacking><os><type arch='x86_64' machine='q35'>hvm</type>"
                "</os><launchSecurity type='sev'/><devices/></domain>",
                make_scene(), {.groups = {RuleGroup::memory}})
            .text;
    CHECK(text.find("<locked/>") != std::string::npos);
}

TEST_CASE("what an SEV guest needs stays, whatever is set") {
    auto scene = make_scene();
    scene.vendor = CpuVendor::amd;
    const auto text =
        settled(
            "<domain type='kvm'><name>vm</name><memory dumpCore='on' unit='GiB'>8</memory><vcpu>2</vcpu>"
            "<os><type arch='x86_64' machine='q35'>hvm</type></os><cpu mode='custom' match='exact'><model "
            "fallback='forbid'>EPYC-Milan</model><topology sockets='1' cores='1' threads='2'/></cpu>"
            "<devices><disk type='file' device='disk'><driver name='qemu' type='qcow2' iommu='on'/><source "
            "file='/a'/><target dev='vda' bus='virtio'/></disk><interface type='network'><model "
            "type='virtio'/><driver iommu='on'/></interface></devices><launchSecurity type='sev'><cbitpos>"
            "51</cbitpos><reducedPhysBits>1</reducedPhysBits><policy>0x0003</policy></launchSecurity>"
            "<seclabel type='dynamic' model='selinux' relabel='yes'/></domain>",
            scene,
            {.groups = {RuleGroup::cpu, RuleGroup::pinning, RuleGroup::memory, RuleGroup::storage,
                        RuleGroup::network}})
            .text;
    CAPTURE(text);
    for (const std::string needed : {"dumpCore='on'", "<launchSecurity type='sev'>",
                                     "<policy>0x0003</policy>", "<seclabel type='dynamic' model='selinux'"})
        CHECK(text.find(needed) != std::string::npos);
    const auto first = text.find("iommu='on'");
    CHECK(text.find("iommu='on'", first + 1) != std::string::npos); // of the disk and of the card
}

TEST_CASE(
    "huge pages come beside shared memory of a memfd, and a 9p folder becomes virtiofs with a message") {
    const auto suggestion =
        settled("<domain type='kvm'><name>vm</name><memory unit='GiB'>8</memory><memoryBacking><source "
                "type='memfd'/><access mode='shared'/></memoryBacking><vcpu>2</vcpu><os><type arch='x86_64' "
                "machine='q35'>hvm</type></os><devices><filesystem type='mount' accessmode='mapped'><source "
                "dir='/srv'/><target dir='srv'/></filesystem><video><model type='none'/></video><shmem "
                "name='looking-glass'><model type='ivshmem-plain'/><size unit='M'>64</size></shmem></devices>"
                "</domain>",
                make_scene(), {.groups = {RuleGroup::memory, RuleGroup::storage, RuleGroup::graphics}});
    CAPTURE(suggestion.text);
    for (const std::string part : {"<hugepages>", "<source type='memfd'/>", "<access mode='shared'/>",
                                   "type='virtiofs'", "<model type='none'/>", "<shmem name='looking-glass'>"})
        CHECK(suggestion.text.find(part) != std::string::npos);
    CHECK(std::any_of(suggestion.notes.begin(), suggestion.notes.end(), [](const SuggestNote& note) {
        return note.text.starts_with("a shared folder moves from 9p to virtiofs");
    }));
}
