// Whether a PC has a free PCI slot or port for an added device.
#include "advice/suggest/pci_places.hpp"
#include "suggest/suggest_support.hpp"

using namespace hostlease;
using namespace hostlease::test;

namespace {
std::string address(unsigned slot, unsigned bus = 0) {
    return "<address type='pci' domain='0x0000' bus='" + std::to_string(bus) + "' slot='" +
           std::to_string(slot) + "'/>";
}

/// A PC with a card in each slot from 2 to the last, and additional devices.
std::string pc(unsigned last, const std::string& devices, const std::string& machine = "pc-i440fx-7.2") {
    std::string text = "<domain type='kvm'><name>vm</name><memory>1048576</memory><vcpu>2</vcpu><os><type "
                       "arch='x86_64' machine='" +
                       machine + "'>hvm</type></os><devices><memballoon model='none'/>";
    for (unsigned slot = 2; slot <= last; ++slot)
        text += "<interface type='network'><model type='virtio'/>" + address(slot) + "</interface>";
    return text + devices + "</devices></domain>";
}

const std::string rng = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>";
} // namespace

TEST_CASE("a device has no place if each slot of each bus has an address") {
    CHECK(why_no_pci_place(pc(31, rng)) == "the PCI bus has no free slot for another device");
    CHECK(why_no_pci_place(pc(31, "")).empty());
    CHECK(why_no_pci_place(pc(30, rng)).empty());
    CHECK(why_no_pci_place(pc(31, "<controller type='usb' index='0' model='piix3-uhci'/>")).empty());
    CHECK_FALSE(why_no_pci_place(pc(31, "<controller type='usb' index='0' model='qemu-xhci'/>")).empty());
    CHECK_FALSE(
        why_no_pci_place(pc(31, "<channel type='unix'><target type='virtio' name='a'/></channel>")).empty());
    const std::string bridge =
        "<controller type='pci' index='1' model='pci-bridge'>" + address(31) + "</controller>";
    CHECK(why_no_pci_place(pc(30, bridge + rng)).empty());
}

TEST_CASE("a machine without a PCI bus only has places for devices with other addresses") {
    const auto text = [](const std::string& machine, const std::string& device) {
        return "<domain><os><type arch='x86_64' machine='" + machine + "'>hvm</type></os><devices>" + device +
               "</devices></domain>";
    };
    for (const auto* machine : {"microvm", "isapc"}) {
        CHECK(why_no_pci_place(text(machine, rng)) == "the machine has no PCI bus");
        CHECK(why_no_pci_place(text(machine, "<memballoon model='none'/>")).empty());
    }
    CHECK(
        why_no_pci_place(text("microvm", "<rng model='virtio'><address type='virtio-mmio'/></rng>")).empty());
}

namespace {
std::string port(unsigned index, unsigned slot, unsigned function = 0) {
    return "<controller type='pci' index='" + std::to_string(index) +
           "' model='pcie-root-port'><address type='pci' bus='0' slot='" + std::to_string(slot) +
           "' function='" + std::to_string(function) + "'/></controller>";
}
} // namespace

TEST_CASE("q35 has a place if a port is free, or the root bus has room for one") {
    const std::string none = "no PCIe port is left for another device, and the root bus has no room for one";
    const auto root = [](unsigned last, const std::string& devices) {
        const std::string first =
            "<interface type='network'><model type='virtio'/>" + address(1) + "</interface>";
        return pc(last, first + devices, "pc-q35-7.2");
    };
    CHECK(why_no_pci_place(root(30, rng)) == none);
    CHECK(why_no_pci_place(root(30, "")).empty());
    CHECK(why_no_pci_place(root(29, rng)).empty());
    // one of the ports in slot 30 is free
    CHECK(why_no_pci_place(root(29, port(1, 30) + rng)).empty());
    std::string full;
    for (unsigned function = 0; function < 8; ++function)
        full +=
            port(function + 1, 30, function) + "<rng model='virtio'>" + address(0, function + 1) + "</rng>";
    CHECK(why_no_pci_place(root(29, full + rng)) == none);
    CHECK(why_no_pci_place(root(29, full + "<video><model type='virtio'/></video>")).empty());
}

TEST_CASE("ports that new devices of q35 take are reported") {
    const auto q35 = [](const std::string& devices, const std::string& machine = "q35") {
        return pc(1, devices, machine);
    };
    const auto ports = port(1, 2) + port(2, 2, 1);
    CHECK(lost_ports(q35(ports), q35(ports + rng))
              .starts_with("the new devices take 1 of the 2 PCIe ports that no device has: "));
    CHECK(lost_ports(q35(ports + rng), q35(ports + rng)).empty());
    CHECK(lost_ports(q35(ports), q35(ports + port(3, 2, 2) + rng)).empty());
    CHECK(lost_ports(q35(""), q35(rng)).empty());
    CHECK(lost_ports("<domain/>", "<domain/>").empty());
    CHECK(why_no_pci_place("<domain><os><type arch='x86_64' machine='q35'/></os></domain>").empty());
    CHECK(lost_ports(q35(ports), q35(ports + "<sound model='ich9'/>")).empty());
    CHECK(lost_ports(q35(ports, "pc"), q35(ports + rng, "pc")).empty());
    const auto taken = ports + "<rng model='virtio'>" + address(0, 1) + "</rng>";
    CHECK(lost_ports(q35(taken), q35(taken + rng + rng))
              .starts_with("the new devices take 1 of the 1 PCIe port "));
}

TEST_CASE("a device without a place is omitted, and one that needs none is suggested") {
    const auto suggest_devices = [](unsigned last) {
        return settled(pc(last, "<controller type='usb' index='0' model='none'/>"), large_scene(),
                       {.groups = {RuleGroup::devices, RuleGroup::cpu}, .judges = {why_no_pci_place}});
    };
    const auto full = suggest_devices(31);
    CHECK(full.text.find("<rng") == std::string::npos);
    CHECK(full.text.find("host-passthrough") != std::string::npos);
    CHECK(std::any_of(full.notes.begin(), full.notes.end(), [](const SuggestNote& note) {
        return note.text.starts_with("group 'devices' ") &&
               note.text.ends_with(": the PCI bus has no free slot for another device");
    }));
    CHECK(suggest_devices(30).text.find("<rng") != std::string::npos);
}
