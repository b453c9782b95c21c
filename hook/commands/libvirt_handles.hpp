// libvirt's objects, freed when they go. The only file that includes libvirt's headers.
#pragma once

#include "core/error.hpp"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
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
using Connection = std::unique_ptr<virConnect, Freed<virConnectClose>>;
using DomainHandle = std::unique_ptr<virDomain, Freed<virDomainFree>>;

/// What libvirt last complained of, behind our words.
tl::unexpected<Error> libvirt_error(const std::string& what, ErrorKind kind = ErrorKind::usage);

/// A connection that only reads; `uri` "" is qemu:///system. `hint` says what to do without one. libvirt prints nothing by itself from then on.
Result<Connection> connect_to_libvirt(const std::string& uri, const std::string& hint);

/// One that may also change things.
Result<Connection> connect_to_change_libvirt(const std::string& uri);

/// The domain of this name, or else of this uuid.
Result<DomainHandle> find_libvirt_domain(virConnect& connection, const std::string& name);

} // namespace hostlease
