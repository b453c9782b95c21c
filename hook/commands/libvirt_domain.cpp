#include "command.hpp"
#include "libvirt_handles.hpp"

#include <cstdlib>

namespace hostlease {

namespace {
constexpr const char* default_uri = "qemu:///system";
void stay_quiet(void*, virErrorPtr) {} // libvirt prints every error on stderr by itself otherwise
} // namespace

tl::unexpected<Error> libvirt_error(const std::string& what, ErrorKind kind) {
    const char* message = virGetLastErrorMessage();
    return fail(kind, what + ": " + (message == nullptr ? "unknown libvirt error" : message));
}

Result<Connection> connect_to_libvirt(const std::string& uri, const std::string& hint) {
    virSetErrorFunc(nullptr, stay_quiet);
    Connection connection(virConnectOpenReadOnly(uri.empty() ? default_uri : uri.c_str()));
    if (!connection) return libvirt_error("cannot ask libvirt for the domain" + hint);
    return connection;
}

Result<Connection> connect_to_change_libvirt(const std::string& uri) {
    virSetErrorFunc(nullptr, stay_quiet);
    Connection connection(virConnectOpen(uri.empty() ? default_uri : uri.c_str()));
    if (!connection) return libvirt_error("libvirt lets nothing be defined here", ErrorKind::refused);
    return connection;
}

Result<DomainHandle> find_libvirt_domain(virConnect& connection, const std::string& name) {
    DomainHandle domain(virDomainLookupByName(&connection, name.c_str()));
    if (domain) return domain;
    auto unknown = libvirt_error("no domain '" + name + "'"); // what libvirt says of the name, not that it is no uuid
    domain.reset(virDomainLookupByUUIDString(&connection, name.c_str()));
    if (!domain) return unknown;
    return domain;
}

unsigned long libvirt_version() {
    unsigned long version = 0;
    return virGetVersion(&version, nullptr, nullptr) == 0 ? version : 0;
}

Result<std::string> read_libvirt_domain(const std::string& uri, const std::string& name, DomainXml kind) {
    const Connection connection = TRY(connect_to_libvirt(uri, " (give its XML with --xml instead)"));
    const DomainHandle domain = TRY(find_libvirt_domain(*connection, name));
    if (kind == DomainXml::running && virDomainIsActive(domain.get()) == 0)
        return fail(ErrorKind::refused, "domain '" + name + "' does not run; its policy applies when it starts");
    const unsigned flags = kind == DomainXml::running ? 0 : VIR_DOMAIN_XML_INACTIVE;
    const std::unique_ptr<char, Freed<free>> xml(virDomainGetXMLDesc(domain.get(), flags));
    if (!xml) return libvirt_error("cannot read domain '" + name + "'");
    return std::string(xml.get());
}

} // namespace hostlease
