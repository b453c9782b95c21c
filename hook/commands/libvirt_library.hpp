// libvirt, loaded by the verbs that use it: it brings fifty other libraries, whose loading would take most of
// the time of every other verb. The only file that includes libvirt's headers.
#pragma once

#include "core/error.hpp"

#include <libvirt/libvirt-qemu.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

namespace hostlease {

/// All functions of libvirt that the command calls.
#define HOSTLEASE_LIBVIRT_FUNCTIONS(F)  \
    F(virConnectClose)                  \
    F(virConnectDomainXMLToNative)      \
    F(virConnectGetLibVersion)          \
    F(virConnectGetVersion)             \
    F(virConnectListAllDomains)         \
    F(virConnectOpen)                   \
    F(virConnectOpenReadOnly)           \
    F(virDomainAgentSetResponseTimeout) \
    F(virDomainDefineXMLFlags)          \
    F(virDomainFree)                    \
    F(virDomainGetGuestInfo)            \
    F(virDomainGetGuestVcpus)           \
    F(virDomainGetID)                   \
    F(virDomainGetMaxMemory)            \
    F(virDomainGetName)                 \
    F(virDomainGetState)                \
    F(virDomainGetTime)                 \
    F(virDomainGetUUIDString)           \
    F(virDomainGetXMLDesc)              \
    F(virDomainHasManagedSaveImage)     \
    F(virDomainIsActive)                \
    F(virDomainIsPersistent)            \
    F(virDomainListGetStats)            \
    F(virDomainLookupByName)            \
    F(virDomainLookupByUUIDString)      \
    F(virDomainQemuAgentCommand)        \
    F(virDomainStatsRecordListFree)     \
    F(virGetLastErrorCode)              \
    F(virGetLastErrorMessage)           \
    F(virGetVersion)                    \
    F(virSetErrorFunc)                  \
    F(virTypedParamsFree)

struct Libvirt {
#define HOSTLEASE_MEMBER(name) decltype(&::name) name = nullptr;
    HOSTLEASE_LIBVIRT_FUNCTIONS(HOSTLEASE_MEMBER)
#undef HOSTLEASE_MEMBER

    /// Loads the libraries at the first call. ErrorKind::unsupported if a library or a function is
    /// missing.
    static Result<const Libvirt*> load();
};

/// For callers with a connection: making it has loaded the library.
const Libvirt& libvirt();

} // namespace hostlease
