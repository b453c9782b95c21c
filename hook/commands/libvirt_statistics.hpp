// A running domain, as libvirt's statistics show it.
#pragma once

#include "host/host.hpp"
#include "libvirt_handles.hpp"
#include "report/domain_report.hpp"
#include "report/sample.hpp"

#include <string>

namespace hostlease {

/// A domain that runs, by name or uuid. Reads only, and asks nothing of the guest.
class RunningDomain {
  public:
    /// `uri` "" is qemu:///system. ErrorKind::refused when it does not run, ErrorKind::usage when there is none.
    static Result<RunningDomain> find(const std::string& uri, const std::string& name);

    /// What libvirt's bulk statistics say now; `at` is the middle of the call. ErrorKind::refused when the domain has ended, or was started
    /// anew, since it was found. Source: virDomainListGetStats (libvirt 9.0 to 11.3).
    Result<DomainSample> sample(Host& host) const;

    /// Its name, uuid, state and memory; the vCPUs are in a sample.
    [[nodiscard]] GuestSummary guest() const;

    /// The versions of QEMU and libvirt's daemon, "9.0.0"; "" where they are not told.
    [[nodiscard]] std::string qemu_version() const;
    [[nodiscard]] std::string libvirt_version() const;

  private:
    RunningDomain(Connection connection, DomainHandle domain, std::string uuid)
        : connection_(std::move(connection)), domain_(std::move(domain)), uuid_(std::move(uuid)) {}

    Connection connection_;
    DomainHandle domain_;
    std::string uuid_;
};

} // namespace hostlease
