// Which attributes of <driver> libvirt accepts for a disk, for rules and suggestions.
#pragma once

#include "model/domain.hpp"
#include "model/machine_bus.hpp"

#include <string_view>

namespace hostlease {

/// Whether QEMU's block layer serves a disk of this type. Other programs serve vhost-user and vDPA disks, for
/// which libvirt rejects cache, io, discard, detect_zeroes and iothread. Source:
/// virDomainDiskVhostUserValidate (libvirt 9.0).
constexpr bool is_served_by_qemu(std::string_view type) { return type != "vhostuser" && type != "vhostvdpa"; }

/// Whether a disk of this type uses a file or block device of the host, so that cache and io apply. QEMU uses
/// NVMe drives through VFIO. Source: qemuBlockStorageSourceGetBackendProps (libvirt 9.0).
constexpr bool has_host_cache(std::string_view type) {
    return is_served_by_qemu(type) && type != "network" && type != "nvme" && type != "dir";
}

/// Whether a virtio device with an address of this type can have an I/O thread. Source: formatdomain on a
/// disk's iothread, and qemuValidateCheckSCSIControllerIOThreads (libvirt 9.0).
inline bool takes_iothread(std::string_view address_type, const Domain& domain) {
    const bool is_mmio = domain.machine.starts_with("vexpress-");
    if (address_type.empty()) return !is_mmio && has_device_bus(domain.arch, domain.machine);
    return address_type == "pci" || address_type == "ccw";
}

/// The first libvirt with <iothreads> in <driver>. Source: formatdomain on a disk's driver, iothreads.
inline constexpr unsigned long first_libvirt_with_mapping = 10'000'000;

} // namespace hostlease
