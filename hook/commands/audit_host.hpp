// What `audit` and `suggest` look at: a domain's XML, and this machine.
#pragma once

#include "audit/audit.hpp"
#include "command.hpp"
#include "model/audit_facts.hpp"

#include <string>

namespace hostlease {

/// A domain is named, a file has a path or ends in .xml; "-" is standard input.
bool is_xml_file(const std::string& word);

/// All of AuditFacts: the machine's own, our hook, and the leases and promises of other domains. Fails as these do.
Result<AuditFacts> look_at_host(Host& host, const Domain& domain);

/// The guest's system by --guest or --for, or by the XML; `windows` becomes its version where the XML tells it.
Guest guest_of(const CommandOptions& options, XmlElement root, const Domain& domain, std::string& windows);

/// The CPU's vendor by --cpu, by the machine, or by the XML.
CpuVendor vendor_of(const CommandOptions& options, XmlElement root, const AuditFacts* facts);

} // namespace hostlease
