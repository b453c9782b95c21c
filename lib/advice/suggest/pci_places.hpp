// Whether the PCI buses of a PC have a slot for each device, and for devices that are plugged in later.
#pragma once

#include <string>

namespace hostlease {

/// Why libvirt finds no PCI address for a device of this XML; "" if no reason is known. Checks only PCs. On
/// an i440FX machine, libvirt adds a bridge while a slot is free for the bridge, so the buses are full only
/// if the XML assigns every slot. On q35, libvirt adds a port for each device without a free port, while the
/// root bus has room. Source: qemuDomainAssignPCIAddresses of src/qemu/qemu_domain_address.c,
/// virDomainPCIAddressSetGrow of src/conf/domain_addr.c (libvirt 9.0).
std::string why_no_pci_place(const std::string& text);

/// The free ports that a q35 machine loses for hot-plug, as one sentence; "" if it loses none. Only ports
/// accept devices while the VM runs, and libvirt adds no ports then. Before the start, libvirt gives a new
/// device a free port, and adds a port only if none is free. Source: https://libvirt.org/pci-hotplug.html
std::string lost_ports(const std::string& before, const std::string& after);

} // namespace hostlease
