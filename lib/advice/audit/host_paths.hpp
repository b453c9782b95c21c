// The files, folders and devices of the host that a domain names.
#pragma once

#include "model/domain.hpp"
#include "read/xml_element.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// A path of the host that must exist when the VM starts.
struct HostPath {
    std::string path;         // absolute
    std::string what;         // "disk vda"
    unsigned line = 0;        // of the element that names it
    std::string instead = {}; // if this file exists, `path` is not needed
};

/// Each path that the XML names and that no program creates when the VM starts. The list omits volumes of
/// pools, network sources, sockets, files that libvirt creates, disks that may be missing
/// (startupPolicy='optional'), and paths that are not absolute. It names PCI devices by their folder in /sys.
std::vector<HostPath> named_paths(XmlElement root, const Domain& domain);

/// A PCI device of the host that QEMU uses through VFIO: a host device, a virtual function of a network card,
/// or a disk of type nvme.
struct NamedDevice {
    PciAddress address;
    std::string what; // "host device 0000:01:00.0"
    unsigned line = 0;
};
std::vector<NamedDevice> named_devices(const Domain& domain);

} // namespace hostlease
