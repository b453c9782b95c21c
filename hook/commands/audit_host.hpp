// The subjects of `audit` and `suggest`: a domain's XML, and this machine.
#pragma once

#include "advice/audit/audit.hpp"
#include "command.hpp"
#include "model/audit_facts.hpp"

#include <optional>
#include <string>

namespace hostlease {

/// A domain is named, a file has a path or ends in .xml; "-" is standard input.
bool is_xml_file(const std::string& word);

/// Fails for a domain of another hypervisor, such as LXC or Xen: rules and suggestions are about QEMU.
Status must_be_of_qemu(const Domain& domain, const std::string& file);

/// All of AuditFacts: the machine's own, our hook, and the leases and promises of other domains. Fails as
/// these do. `root` is the <domain> that `domain` was read from.
Result<AuditFacts> look_at_host(Host& host, const Domain& domain, XmlElement root);

/// The NUMA nodes of the domain's PCI devices.
NodeSet nodes_of_devices(const AuditFacts& facts);

/// The guest's system: the one that was named, or else the one that the XML tells; `windows` becomes its
/// version where the XML tells it.
Guest guest_of(std::optional<Guest> named, XmlElement root, const Domain& domain, std::string& windows);

/// The CPU's vendor: the one that was named, or else that of the machine, or of the XML.
CpuVendor vendor_of(std::optional<CpuVendor> named, XmlElement root, const AuditFacts* facts);

} // namespace hostlease
