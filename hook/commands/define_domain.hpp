// Giving libvirt another definition of a domain, and keeping the one that it had.
#pragma once

#include "core/error.hpp"
#include "host/host.hpp"

#include <string>

namespace hostlease {

/// The XML of a domain's definition with the passwords of its screens, which needs a connection that may
/// change things. ErrorKind::refused for a domain that is not defined, only running. `uri` "" is
/// qemu:///system.
Result<std::string> read_whole_definition(const std::string& uri, const std::string& name);

/// The result of defining a domain.
struct Defined {
    std::string name;
    std::string backup; // the file with the former definition, "" when there was none
    bool is_running = false;
    bool has_saved_state = false; // it goes on from there with the former definition
};

/// Writes the former definition of the domain `name` to a file of its own, mode 0600, in /var/lib/hostlease
/// below the host's root, or for other users in their folder of states; then defines `xml`, which libvirt
/// holds against its schema. With `expected`, refuses when the former definition has become another one
/// meanwhile. Nothing is defined when this fails. Source: virDomainDefineXMLFlags, VIR_DOMAIN_DEFINE_VALIDATE
/// (libvirt 9.0).
Result<Defined> define_domain(Host& host, const std::string& uri, const std::string& name,
                              const std::string& xml, const std::string& expected);

} // namespace hostlease
