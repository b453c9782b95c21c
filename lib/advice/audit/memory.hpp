// The guest's memory, for rules and suggestions.
#pragma once

#include "advice/audit/rule.hpp"

#include <cstdint>
#include <string>

namespace hostlease {

/// The size of huge pages to ask for: the usual size of the guest's architecture if this host has it or its
/// pools are not known, otherwise the host's default. 0: no size is known, so the XML names none.
std::uint64_t usual_page_size(const AuditInput& input);

/// <memoryBacking> with huge pages of this size; 0: the XML names no size.
std::string hugepages_xml(std::uint64_t size);

/// Whether the guest's memory is private, as with Intel TDX and AMD SEV-SNP. Private memory comes from
/// guest_memfd, and <memoryBacking> applies only to the memory that the guest shares with the host. Source:
/// kvm_set_phys_mem and kvm_convert_memory of accel/kvm/kvm-all.c (QEMU 10.1).
bool has_private_memory(const AuditInput& input);

/// Whether the XML sets the scheduler of a thread of the VM. Owners of these VMs usually lock the memory,
/// too.
bool is_real_time(const Domain& domain);

/// Why this VM cannot have huge pages of any size; "" if no reason is known.
std::string why_no_huge_pages(const AuditInput& input);

} // namespace hostlease
