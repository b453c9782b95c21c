// libvirt's objects, released automatically.
#pragma once

#include "core/error.hpp"
#include "libvirt_library.hpp"

#include <memory>
#include <string>

namespace hostlease {

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* object) const {
        Free(object);
    }
};
template <auto Free>
struct FreedBy {
    template <typename T>
    void operator()(T* object) const {
        (libvirt().*Free)(object);
    }
};
using Connection = std::unique_ptr<virConnect, FreedBy<&Libvirt::virConnectClose>>;
using DomainHandle = std::unique_ptr<virDomain, FreedBy<&Libvirt::virDomainFree>>;

/// libvirt's last error, with our text as a prefix.
tl::unexpected<Error> libvirt_error(const std::string& what, ErrorKind kind = ErrorKind::usage);

/// A read-only connection; `uri` "" is qemu:///system. `hint` says what to do without a connection. From then
/// on, libvirt does not print errors itself.
Result<Connection> connect_to_libvirt(const std::string& uri, const std::string& hint);

/// A read-write connection; `refusal` begins the message if libvirt does not allow one.
Result<Connection> connect_to_change_libvirt(const std::string& uri,
                                             const std::string& refusal = "cannot change definitions");

/// The domain of this name, or otherwise of this uuid.
Result<DomainHandle> find_libvirt_domain(virConnect& connection, const std::string& name);

} // namespace hostlease
