// What rules and suggestions share of the guest's memory.
#pragma once

#include "audit/rule.hpp"

#include <cstdint>

namespace hostlease {

/// The size of the huge pages to ask for: the usual one of the guest's architecture, where this host has it, or else the host's
/// default. 0: whatever the host's default is.
std::uint64_t usual_page_size(const AuditInput& input);

/// Why this VM cannot have huge pages, whatever their size; "" when nothing is known against it.
std::string why_no_huge_pages(const AuditInput& input);

} // namespace hostlease
