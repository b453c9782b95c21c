// The subjects of `audit` and `suggest`: a domain's XML and this machine.
#pragma once

#include "advice/audit/audit.hpp"
#include "command.hpp"
#include "model/audit_facts.hpp"

#include <optional>
#include <string>

namespace hostlease {

/// Whether the word is a file and not a domain's name: it has a '/', ends in .xml, or is "-" (standard
/// input).
bool is_xml_file(const std::string& word);

/// Fails for a domain of another hypervisor, such as LXC or Xen: rules and suggestions only apply to QEMU.
Status must_be_of_qemu(const Domain& domain, const std::string& file);

/// All of AuditFacts: those of the machine, of our hook, and the leases and promises of other domains. Fails
/// if one of these cannot be read; if only root may read the leases, warns. `root` is the <domain> that
/// `domain` was read from.
Result<AuditFacts> look_at_host(Host& host, const Domain& domain, XmlElement root, Diagnostics& warnings);

/// The NUMA nodes of the domain's PCI devices.
NodeSet nodes_of_devices(const AuditFacts& facts);

/// The guest's system: `named` if given, else the one in the XML; `windows` becomes its version if the XML
/// has it.
Guest guest_of(std::optional<Guest> named, XmlElement root, const Domain& domain, std::string& windows);

/// The CPU's vendor: `named` if given, else that of the machine or of the XML.
CpuVendor vendor_of(std::optional<CpuVendor> named, XmlElement root, const AuditFacts* facts);

} // namespace hostlease
