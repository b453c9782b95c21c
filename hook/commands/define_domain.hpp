// Defines a domain anew in libvirt, and keeps its former definition.
#pragma once

#include "core/error.hpp"
#include "host/host.hpp"

#include <string>

namespace hostlease {

/// The XML of a domain's definition, including the passwords of its graphics devices: this needs a
/// read-write connection. ErrorKind::refused for a domain that is running but not defined. `uri` "" is
/// qemu:///system.
Result<std::string> read_whole_definition(const std::string& uri, const std::string& name);

/// The result of defining a domain.
struct Defined {
    std::string name;
    std::string backup; // the file with the former definition, "" if there was none
    bool is_running = false;
    bool has_saved_state = false; // the domain will resume from it with the former definition
};

/// Writes the former definition of the domain `name` to a file of its own, mode 0600, in /var/lib/hostlease
/// below the host's root, or for other users in their state folder; then defines `xml`, which libvirt
/// validates against its schema. With `expected`, refuses if the former definition has changed meanwhile. If
/// this fails, nothing is defined. Source: virDomainDefineXMLFlags, VIR_DOMAIN_DEFINE_VALIDATE (libvirt
/// 9.0).
Result<Defined> define_domain(Host& host, const std::string& uri, const std::string& name,
                              const std::string& xml, const std::string& expected);

} // namespace hostlease
