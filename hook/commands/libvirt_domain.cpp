#include "command.hpp"
#include "libvirt_handles.hpp"

#include <cstdlib>

namespace hostlease {

namespace {
const std::string default_uri = "qemu:///system";
void stay_quiet(void*, virErrorPtr) {} // otherwise libvirt prints every error on stderr
} // namespace

tl::unexpected<Error> libvirt_error(const std::string& what, ErrorKind kind) {
    const char* message = libvirt().virGetLastErrorMessage();
    return fail(kind, what + ": " + (message == nullptr ? "unknown libvirt error" : message));
}

Result<Connection> connect_to_libvirt(const std::string& uri, const std::string& hint) {
    TRY_VOID(Libvirt::load());
    libvirt().virSetErrorFunc(nullptr, stay_quiet);
    Connection connection(libvirt().virConnectOpenReadOnly((uri.empty() ? default_uri : uri).c_str()));
    if (!connection) return libvirt_error("cannot ask libvirt for the domain" + hint, ErrorKind::io);
    return connection;
}

Result<Connection> connect_to_change_libvirt(const std::string& uri, const std::string& refusal) {
    TRY_VOID(Libvirt::load());
    libvirt().virSetErrorFunc(nullptr, stay_quiet);
    Connection connection(libvirt().virConnectOpen((uri.empty() ? default_uri : uri).c_str()));
    if (!connection) return libvirt_error(refusal, ErrorKind::refused);
    return connection;
}

Result<DomainHandle> find_libvirt_domain(virConnect& connection, const std::string& name) {
    DomainHandle domain(libvirt().virDomainLookupByName(&connection, name.c_str()));
    if (domain) return domain;
    // report the error about the name, not about the UUID
    auto unknown = libvirt_error("no domain '" + name + "'");
    domain.reset(libvirt().virDomainLookupByUUIDString(&connection, name.c_str()));
    if (!domain) return unknown;
    return domain;
}

unsigned long libvirt_version() {
    unsigned long version = 0;
    const auto loaded = Libvirt::load();
    return loaded && (*loaded)->virGetVersion(&version, nullptr, nullptr) == 0 ? version : 0;
}

Result<std::string> read_libvirt_domain(const std::string& uri, const std::string& name, DomainXml kind,
                                        const std::string& hint) {
    const Connection connection = TRY(connect_to_libvirt(uri, hint));
    auto found = find_libvirt_domain(*connection, name);
    if (!found)
        found.error().message +=
            "\n  hint: `virsh -c " + (uri.empty() ? default_uri : uri) + " list --all` lists the domains";
    const DomainHandle domain = TRY(std::move(found));
    if (kind == DomainXml::running && libvirt().virDomainIsActive(domain.get()) == 0)
        return fail(ErrorKind::refused,
                    "domain '" + name + "' is not running; its policy applies when it starts");
    const unsigned flags = kind == DomainXml::running ? 0 : VIR_DOMAIN_XML_INACTIVE;
    const std::unique_ptr<char, Freed<free>> xml(libvirt().virDomainGetXMLDesc(domain.get(), flags));
    if (!xml) return libvirt_error("cannot read domain '" + name + "'");
    return std::string(xml.get());
}

} // namespace hostlease
