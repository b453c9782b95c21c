#include "advice/suggest/pci_places.hpp"

#include "advice/audit/elements.hpp"
#include "model/machine_bus.hpp"
#include "read/xml_number.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace hostlease {

namespace {
constexpr unsigned last_slot = 31; // slot 0 has the host bridge, or is unusable

/// The number in one part of an address, such as "0x1f" or "31"; 0 if the part is missing or invalid.
unsigned number_of(std::string_view text) { return parse_xml_c_number<unsigned>(text).value_or(0); }

std::vector<XmlElement> devices_of(XmlElement root) {
    std::vector<XmlElement> list;
    const auto devices = find(root, "devices");
    for (auto one = devices ? devices.first_child() : XmlElement(); one; one = one.next_sibling())
        list.push_back(one);
    return list;
}

/// Whether the machine type is this alias or one of these versions, on x86.
bool is_pc(XmlElement root, std::string_view alias, std::string_view versions) {
    const auto type = find(root, "os/type");
    const auto machine = attribute(type, "machine");
    const auto arch = attribute(type, "arch");
    return (arch == "x86_64" || arch == "i686") && (machine == alias || machine.starts_with(versions));
}

bool is_old_pc(XmlElement root) { return is_pc(root, "pc", "pc-i440fx"); }

bool is_q35(XmlElement root) { return is_pc(root, "q35", "pc-q35"); }

bool has_no_bus(XmlElement root) {
    const auto type = find(root, "os/type");
    return !has_device_bus(attribute(type, "arch"), attribute(type, "machine"));
}

bool has_model(XmlElement device, std::initializer_list<std::string_view> models) {
    return std::find(models.begin(), models.end(), attribute(device, "model")) != models.end();
}

bool is_pci_controller(XmlElement one) {
    const auto type = attribute(one, "type");
    const auto model = attribute(one, "model");
    if (type == "usb")
        return model != "none" && !model.starts_with("piix3") && !model.starts_with("ich9-uhci") &&
               !model.empty();
    if (type == "pci") return model == "pci-bridge";
    return type == "scsi" || type == "virtio-serial" || type == "sata";
}

/// Whether the device needs a PCI address. Knows the kinds that suggestions add or move, and those that
/// nearly every VM has; returns false for all others.
bool needs_pci(XmlElement device) {
    const auto name = device.name();
    if (name == "controller") return is_pci_controller(device);
    if (name == "disk") return attribute(find(device, "target"), "bus") == "virtio";
    if (name == "memballoon") return attribute(device, "model") != "none";
    if (name == "video") return attribute(find(device, "model"), "type") != "none";
    if (name == "hostdev") return attribute(device, "type") == "pci";
    if (name == "sound") return has_model(device, {"ich6", "ich9", "ac97", "es1370"});
    if (name == "input") return attribute(device, "bus") == "virtio";
    return name == "interface" || name == "rng" || name == "filesystem" || name == "shmem" || name == "vsock";
}

bool has_controller(const std::vector<XmlElement>& devices, std::string_view type) {
    return std::any_of(devices.begin(), devices.end(), [&](XmlElement one) {
        return one.name() == "controller" && attribute(one, "type") == type;
    });
}

/// Whether libvirt adds a virtio-serial controller: for virtio channels and consoles without a controller.
bool asks_for_serial(const std::vector<XmlElement>& devices) {
    return !has_controller(devices, "virtio-serial") &&
           std::any_of(devices.begin(), devices.end(), [](XmlElement one) {
               return (one.name() == "channel" || one.name() == "console") &&
                      attribute(find(one, "target"), "type") == "virtio";
           });
}

/// The assigned slots of each bus. Each bridge is a bus, even without devices.
std::map<unsigned, std::set<unsigned>> taken_slots(const std::vector<XmlElement>& devices) {
    std::map<unsigned, std::set<unsigned>> buses;
    buses[0] = {1}; // PIIX3
    for (const auto device : devices) {
        if (device.name() == "controller" && attribute(device, "model") == "pci-bridge")
            buses[parse_xml_number<unsigned>(attribute(device, "index")).value_or(0)];
        const auto address = find(device, "address");
        if (attribute(address, "type") == "pci" && number_of(attribute(address, "domain")) == 0)
            buses[number_of(attribute(address, "bus"))].insert(number_of(attribute(address, "slot")));
    }
    return buses;
}

bool has_address(XmlElement device) { return !attribute(find(device, "address"), "type").empty(); }

/// Whether there are devices that need a place on a PCI bus and have no address yet.
bool lacks_address(const std::vector<XmlElement>& devices) {
    return asks_for_serial(devices) || std::any_of(devices.begin(), devices.end(), [](XmlElement device) {
               return needs_pci(device) && !has_address(device);
           });
}

bool is_port(XmlElement device) {
    return device.name() == "controller" &&
           has_model(device, {"pcie-root-port", "pcie-switch-downstream-port"});
}

/// Whether libvirt puts the device behind a PCIe port of q35, not on the root bus. Source:
/// qemuDomainDeviceCalculatePCIConnectFlags of src/qemu/qemu_domain_address.c (libvirt 9.0).
bool takes_port(XmlElement device) {
    const auto name = device.name();
    if (name == "video" || name == "sound" || name == "shmem") return false;
    if (name == "interface") {
        const auto model = attribute(find(device, "model"), "type");
        return model.starts_with("virtio") || model == "e1000e" || model == "igb";
    }
    if (name != "controller") return needs_pci(device);
    const auto type = attribute(device, "type");
    return (type == "usb" && has_model(device, {"qemu-xhci", "nec-xhci"})) || type == "virtio-serial" ||
           (type == "scsi" && attribute(device, "model").starts_with("virtio"));
}

/// The number of devices that need a port and have no address yet.
unsigned portless(const std::vector<XmlElement>& devices) {
    const auto count = std::count_if(devices.begin(), devices.end(), [](XmlElement device) {
        return takes_port(device) && !has_address(device);
    });
    return static_cast<unsigned>(count) + (asks_for_serial(devices) ? 1 : 0);
}

/// The number of ports to which no device is assigned.
unsigned open_ports(const std::vector<XmlElement>& devices) {
    std::set<unsigned> ports;
    for (const auto device : devices)
        if (is_port(device))
            if (const auto index = parse_xml_number<unsigned>(attribute(device, "index")))
                ports.insert(*index);
    for (const auto device : devices)
        if (const auto address = find(device, "address"); attribute(address, "type") == "pci")
            ports.erase(number_of(attribute(address, "bus")));
    return static_cast<unsigned>(ports.size());
}

/// Whether the root bus has a free slot, or a slot of ports with a free function: libvirt puts eight ports
/// into one slot.
bool has_room_for_port(const std::vector<XmlElement>& devices) {
    constexpr unsigned functions = 8;
    std::map<unsigned, unsigned> slots{{last_slot, functions}}; // the last one is the chipset's
    for (const auto device : devices) {
        const auto address = find(device, "address");
        if (attribute(address, "type") != "pci" || number_of(attribute(address, "bus")) != 0) continue;
        slots[number_of(attribute(address, "slot"))] += is_port(device) ? 1 : functions;
    }
    slots.erase(0);
    return slots.size() < last_slot ||
           std::any_of(slots.begin(), slots.end(), [](const auto& slot) { return slot.second < functions; });
}

/// The number of ports of a q35 machine that stay free for hot-plugged devices.
unsigned spare_ports(const std::string& text) {
    const auto document = XmlDocument::parse(text);
    if (!document || !is_q35(document->root())) return 0;
    const auto devices = devices_of(document->root());
    const auto open = open_ports(devices);
    return open - std::min(open, portless(devices));
}
} // namespace

std::string why_no_pci_place(const std::string& text) {
    const auto document = XmlDocument::parse(text);
    if (!document) return {};
    const auto devices = devices_of(document->root());
    if (has_no_bus(document->root())) return lacks_address(devices) ? "the machine has no PCI bus" : "";
    if (is_q35(document->root()))
        return portless(devices) > open_ports(devices) && !has_room_for_port(devices)
                   ? "no PCIe port is left for another device, and the root bus has no room for one"
                   : "";
    if (!is_old_pc(document->root())) return {};
    const auto buses = taken_slots(devices);
    const bool is_full = std::all_of(buses.begin(), buses.end(), [](const auto& bus) {
        return bus.second.size() - bus.second.count(0) >= last_slot;
    });
    if (!is_full) return {};
    return lacks_address(devices) ? "the PCI bus has no free slot for another device" : "";
}

std::string lost_ports(const std::string& before, const std::string& after) {
    const auto had = spare_ports(before);
    const auto has = spare_ports(after);
    if (has >= had) return {};
    return "the new devices take " + std::to_string(had - has) + " of the " + std::to_string(had) +
           (had == 1 ? " PCIe port" : " PCIe ports") +
           " that no device has: add a <controller type='pci' model='pcie-root-port'/> for each device that "
           "is "
           "to be plugged in while the VM runs";
}

} // namespace hostlease
