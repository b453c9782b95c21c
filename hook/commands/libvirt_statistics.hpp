// A running domain, as libvirt's statistics show it.
#pragma once

#include "advice/report/domain_report.hpp"
#include "advice/report/sample.hpp"
#include "host/host.hpp"
#include "libvirt_handles.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// Parameters as libvirt's functions give them, which are freed. Negative numbers are left out: they are no
/// counters. A boolean is 0 or 1.
DomainSample take_parameters(virTypedParameterPtr parameters, int count);

/// The uuids of all domains that run, in the order of their names. `uri` "" is qemu:///system.
Result<std::vector<std::string>> running_domains(const std::string& uri);

/// The names of all domains, running or not, sorted. `uri` "" is qemu:///system.
Result<std::vector<std::string>> domain_names(const std::string& uri);

/// A domain that runs, by name or uuid. Reads only, and asks nothing of the guest.
class RunningDomain {
  public:
    /// `uri` "" is qemu:///system. ErrorKind::refused when it does not run, ErrorKind::usage when there is
    /// none.
    static Result<RunningDomain> find(const std::string& uri, const std::string& name);

    /// libvirt's bulk statistics of now; `at` is the middle of the call. ErrorKind::refused when the
    /// domain has ended, or was started anew, since it was found. Source: virDomainListGetStats (libvirt 9.0
    /// to 11.3).
    Result<DomainSample> sample(Host& host) const;

    /// Its XML as it runs; ErrorKind::refused when it has ended.
    [[nodiscard]] Result<std::string> xml() const;

    /// Whether its system began to boot when QEMU started: it was not restored, migrated or taken from a
    /// snapshot.
    [[nodiscard]] bool was_booted() const;

    /// Its name, uuid, state, memory and machine type; the vCPUs are in a sample.
    [[nodiscard]] GuestSummary guest() const;

    /// The versions of QEMU and libvirt's daemon, "9.0.0"; "" where unknown.
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
