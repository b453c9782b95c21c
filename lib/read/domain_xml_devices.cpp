#include "read/domain_xml_reader.hpp"
#include "read/xml_number.hpp"

namespace hostlease {

namespace {
void read_memory_target(DomainReader& reader, XmlElement element, XmlElement target, MemoryDevice& device) {
    const auto [size, node, block, requested] =
        first_children(target, {"size", "node", "block", "requested"});
    if (!size) reader.error(element.line(), "the memory device has no <target> with a <size>");
    device.size = reader.size(size).value_or(0);
    device.target_cell = reader.count(text_value(node));
    device.block = reader.size(block);
    device.requested = reader.size(requested);
    if (size && device.requested && *device.requested > device.size)
        reader.error(requested.line(), "<requested> of the memory device is larger than its <size>");
}

void read_memory_device(DomainReader& reader, XmlElement element, Domain& domain) {
    MemoryDevice device;
    device.line = element.line();
    device.model = text_or_empty(reader.required(element, "model"));
    const auto [source, target] = first_children(element, {"source", "target"});
    const auto [page_size, nodes, path] = first_children(source, {"pagesize", "nodemask", "path"});
    device.source_page_size = reader.size(page_size);
    device.source_nodes = reader.set(text_value(nodes));
    device.source_path = text_or_empty(text_value(path));
    read_memory_target(reader, element, target, device);
    domain.memory_devices.push_back(std::move(device));
}

/// Source: virPCIDeviceAddressParseXML (libvirt 9.0, src/conf/device_conf.c).
std::optional<unsigned> address_part(DomainReader& reader, const std::optional<XmlValue>& value,
                                     unsigned most) {
    if (!value) return std::nullopt;
    const auto part = parse_xml_c_number<unsigned>(value->text);
    if (part && *part <= most) return part;
    reader.error(*value, part ? "is past the limit of " + std::to_string(most)
                              : std::string("is not a number such as 0x1f or 31"));
    return std::nullopt;
}

PciAddress read_address(DomainReader& reader, XmlElement element) {
    constexpr unsigned any = std::numeric_limits<unsigned>::max();
    PciAddress address;
    address.domain = address_part(reader, attribute_value(element, "domain"), any).value_or(0);
    address.bus = address_part(reader, attribute_value(element, "bus"), 0xff).value_or(0);
    address.slot = address_part(reader, attribute_value(element, "slot"), 0x1f).value_or(0);
    address.function = address_part(reader, attribute_value(element, "function"), 7).value_or(0);
    return address;
}

void read_host_device(DomainReader& reader, XmlElement element, Domain& domain) {
    const auto [source] = first_children(element, {"source"});
    const auto [address] = first_children(source, {"address"});
    // A <hostdev> without an <address> is device 0000:00:00.0. Source: virDomainHostdevSubsysPCIDefParseXML,
    // virDomainActualNetDefParseXML (libvirt 9.0)
    const bool needs_address = element.name() == "interface";
    if (!source || (needs_address && !address))
        return reader.error(element.line(), std::string("the PCI host device has no <source>") +
                                                (needs_address ? " with an <address>" : ""));
    HostDevice device;
    if (address) device.address = read_address(reader, address);
    device.managed = element.attribute("managed") == "yes";
    device.line = element.line();
    domain.host_devices.push_back(device);
}

bool is_pci_host_device(XmlElement element) {
    return element.attribute("mode").value_or("subsystem") == "subsystem" &&
           element.attribute("type") == "pci";
}

/// The attribute of <source> that names the storage of this type of disk.
std::string_view source_attribute(std::string_view type) {
    if (type == "block" || type == "vhostvdpa") return "dev";
    if (type == "dir") return "dir";
    if (type == "network") return "name";
    if (type == "volume") return "pool";
    return type == "vhostuser" ? "path" : "file";
}

/// Reads one thread for all queues, or the list of threads that share the queues. Source: formatdomain on
/// the disk's driver, iothreads (libvirt 10.0).
void read_iothreads_of(DomainReader& reader, XmlElement driver, Disk& disk) {
    if (const auto one = reader.count(attribute_value(driver, "iothread"), 1)) disk.iothreads.push_back(*one);
    for_each_child(driver, "iothreads", [&](XmlElement mapping) {
        for_each_child(mapping, "iothread", [&](XmlElement thread) {
            if (const auto id = reader.count(attribute_value(thread, "id"), 1)) disk.iothreads.push_back(*id);
        });
    });
}

void read_disk(DomainReader& reader, XmlElement element, Domain& domain) {
    const auto [driver, source, target] = first_children(element, {"driver", "source", "target"});
    Disk disk;
    disk.type = element.attribute("type").value_or("file");
    disk.device = element.attribute("device").value_or("disk");
    disk.source = text_or_empty(attribute_value(source, source_attribute(disk.type)));
    if (disk.type == "volume") disk.volume = text_or_empty(attribute_value(source, "volume"));
    disk.target = text_or_empty(attribute_value(target, "dev"));
    read_iothreads_of(reader, driver, disk);
    if (disk.type == "nvme") {
        const auto [address] = first_children(source, {"address"});
        if (address) disk.address = read_address(reader, address);
    }
    disk.line = element.line();
    domain.disks.push_back(std::move(disk));
}
} // namespace

void read_devices(DomainReader& reader, XmlElement devices, Domain& domain) {
    if (!devices) return;
    for (auto device = devices.first_child(); device; device = device.next_sibling()) {
        const auto name = device.name();
        if (name == "disk" && device.in_no_namespace()) read_disk(reader, device, domain);
        if (name == "memory" && device.in_no_namespace()) read_memory_device(reader, device, domain);
        if (name == "hostdev" && device.in_no_namespace() && is_pci_host_device(device))
            read_host_device(reader, device, domain);
        // QEMU gets a network card's virtual function through VFIO, like any other PCI device
        if (name == "interface" && device.in_no_namespace() && device.attribute("type") == "hostdev")
            read_host_device(reader, device, domain);
    }
}

} // namespace hostlease
