#include "command.hpp"

#include <cstdlib>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <memory>

namespace hostlease {

namespace {
template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};
using Connection = std::unique_ptr<virConnect, Freed<virConnectClose>>;
using DomainHandle = std::unique_ptr<virDomain, Freed<virDomainFree>>;

void stay_quiet(void*, virErrorPtr) {} // libvirt prints every error on stderr by itself otherwise

tl::unexpected<Error> libvirt_error(const std::string& what) {
    const char* message = virGetLastErrorMessage();
    return fail(ErrorKind::usage, what + ": " + (message == nullptr ? "unknown libvirt error" : message));
}
} // namespace

unsigned long libvirt_version() {
    unsigned long version = 0;
    return virGetVersion(&version, nullptr, nullptr) == 0 ? version : 0;
}

Result<std::string> read_libvirt_domain(const std::string& uri, const std::string& name, DomainXml kind) {
    virSetErrorFunc(nullptr, stay_quiet);
    const Connection connection(virConnectOpenReadOnly(uri.empty() ? "qemu:///system" : uri.c_str()));
    if (!connection) return libvirt_error("cannot ask libvirt for the domain (give its XML with --xml instead)");
    DomainHandle domain(virDomainLookupByName(connection.get(), name.c_str()));
    if (!domain) domain.reset(virDomainLookupByUUIDString(connection.get(), name.c_str()));
    if (!domain) return libvirt_error("no domain '" + name + "'");
    if (kind == DomainXml::running && virDomainIsActive(domain.get()) == 0)
        return fail(ErrorKind::refused, "domain '" + name + "' does not run; its policy applies when it starts");
    const unsigned flags = kind == DomainXml::running ? 0 : VIR_DOMAIN_XML_INACTIVE;
    const std::unique_ptr<char, Freed<free>> xml(virDomainGetXMLDesc(domain.get(), flags));
    if (!xml) return libvirt_error("cannot read domain '" + name + "'");
    return std::string(xml.get());
}

} // namespace hostlease
