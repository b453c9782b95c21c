// Whether the PCI buses of a PC have a slot for each device, and for devices that are plugged in later.
#pragma once

#include <string>

namespace hostlease {

/// Why libvirt finds no PCI address for a device of this XML; "" if no reason is known. Checks PCs only. To
/// an i440FX machine libvirt adds a bridge while a slot is free for one, so the buses are full only when the
/// XML assigns every slot. To q35 it adds a port for each device that finds none free, while the root bus has
/// room. Source: qemuDomainAssignPCIAddresses of src/qemu/qemu_domain_address.c, virDomainPCIAddressSetGrow
/// of src/conf/domain_addr.c (libvirt 9.0).
std::string why_no_pci_place(const std::string& text);

/// What a q35 machine loses for hot-plug, in one sentence; "" if nothing. Only ports accept devices while the
/// VM runs, libvirt adds no port then, and a new device takes a free port before libvirt adds one. Source:
/// https://libvirt.org/pci-hotplug.html
std::string lost_ports(const std::string& before, const std::string& after);

} // namespace hostlease
