// Which devices and features pin the guest's memory, so that the kernel counts it as locked.
#pragma once

#include "advice/audit/rule.hpp"

namespace hostlease {

/// Whether <launchSecurity> encrypts the memory with AMD SEV.
bool is_amd_sev(const AuditInput& input);

/// Whether the VM has a host device that libvirt knows, by VFIO or vDPA.
bool has_host_device(const AuditInput& input);

/// Whether the VM pins its memory without libvirt's knowledge. Then only <locked/> or <hard_limit> raises
/// QEMU's limit on locked memory, against which huge pages count as well. Source:
/// qemuDomainGetMemLockLimitBytes (libvirt 9.0); sev_pin_memory of arch/x86/kvm/svm/sev.c and
/// vfio_pin_pages_remote of drivers/vfio/vfio_iommu_type1.c (Linux 6.12).
bool pins_unknown_memory(const AuditInput& input);

} // namespace hostlease
