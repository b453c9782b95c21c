// Domain XML -> Domain. xml_element.cpp is the only file that includes tinyxml2.
#pragma once

#include "core/diagnostic.hpp"
#include "core/units.hpp"
#include "model/domain.hpp"
#include "read/xml_element.hpp"

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace hostlease {

/// The largest text that is parsed; libvirt's own limit for a domain is 4 MiB (REMOTE_STRING_MAX, libvirt
/// 9.0).
constexpr std::size_t domain_xml_limit = 4 * MiB;

/// Whether a domain must have an identity. may_be_missing: a domain that is still to be defined may have no
/// <uuid>. may_be_wrong: XML that is to be repaired may also have a <uuid> that libvirt refuses. In both
/// cases, Domain::uuid is "".
enum class DomainIdentity { required, may_be_missing, may_be_wrong };

/// A domain, and the elements that it was read from.
struct DomainDocument {
    XmlDocument document;
    Domain domain;

    [[nodiscard]] XmlElement root() const { return document.root(); }
};

/// Reads a <domain> as libvirt writes it to a hook's stdin or `virsh dumpxml` prints it; `file` is only for
/// messages. On failure returns the errors, at most about 100, each with its line: text that is not
/// well-formed, not UTF-8, too large or nested too deep, a number out of range, a second element where only
/// one may be. Silently skips what the planner does not use. Never throws. Source: libvirt 9.0
/// src/conf/domain_conf.c, numa_conf.c.
tl::expected<DomainDocument, Diagnostics>
read_domain_document(std::string_view text, const std::string& file,
                     DomainIdentity identity = DomainIdentity::required);

/// The same without the elements.
tl::expected<Domain, Diagnostics> read_domain_xml(std::string_view text, const std::string& file,
                                                  DomainIdentity identity = DomainIdentity::required);

} // namespace hostlease
