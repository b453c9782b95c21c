// The machine types on which libvirt can place virtio and USB devices.
#pragma once

#include <string_view>

namespace hostlease {

/// Whether the machine has a PCI or CCW bus, or slots for virtio-mmio. On others, libvirt refuses virtio and
/// USB devices unless they have an address of another type: "No PCI buses available". True for a machine type
/// that is not given. Source: qemuDomainSupportsPCI and qemuDomainAssignPCIAddresses of
/// src/qemu/qemu_domain_address.c, qemuDomainDefAddDefaultDevices of src/qemu/qemu_domain.c (libvirt 9.0).
[[nodiscard]] constexpr bool has_device_bus(std::string_view arch, std::string_view machine) {
    if (machine.empty()) return true;
    if (arch.empty() || arch == "x86_64" || arch == "i686") return machine != "microvm" && machine != "isapc";
    const bool is_virt = machine.starts_with("virt");
    // virtio only, as virtio-mmio
    if (machine.starts_with("vexpress-")) return true;
    if (arch.starts_with("arm") || arch == "aarch64") return is_virt || machine == "versatilepb";
    if (arch.starts_with("riscv")) return is_virt;
    for (const std::string_view with_bus :
         {"ppc", "mips", "alpha", "sh4", "sparc64", "s390", "loongarch", "hppa"})
        if (arch.starts_with(with_bus)) return true;
    return false;
}

} // namespace hostlease
