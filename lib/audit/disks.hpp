// What rules and suggestions share of disks: which of <driver>'s attributes libvirt takes for which disk.
#pragma once

#include <string_view>

namespace hostlease {

/// Whether QEMU's block layer serves a disk of this type. vhost-user and vDPA disks are served by others, and libvirt takes neither
/// cache and io nor discard, detect_zeroes and iothread. Source: virDomainDiskVhostUserValidate (libvirt 9.0).
constexpr bool is_served_by_qemu(std::string_view type) { return type != "vhostuser" && type != "vhostvdpa"; }

/// Whether a disk of this type goes through a file or block device of the host, to which cache and io apply. QEMU reaches an NVMe
/// drive through VFIO. Source: qemuBlockStorageSourceGetBackendProps (libvirt 9.0).
constexpr bool has_host_cache(std::string_view type) {
    return is_served_by_qemu(type) && type != "network" && type != "nvme" && type != "dir";
}

/// Whether a virtio device with an address of this type can have an I/O thread. Source: formatdomain on a disk's iothread, and
/// qemuValidateCheckSCSIControllerIOThreads (libvirt 9.0).
constexpr bool takes_iothread(std::string_view address_type) {
    return address_type.empty() || address_type == "pci" || address_type == "ccw";
}

} // namespace hostlease
