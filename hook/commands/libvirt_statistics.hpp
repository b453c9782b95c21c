// A running domain according to libvirt's statistics.
#pragma once

#include "advice/report/domain_report.hpp"
#include "advice/report/sample.hpp"
#include "host/host.hpp"
#include "libvirt_handles.hpp"

#include <string>
#include <vector>

namespace hostlease {

/// Converts parameters from libvirt's functions and frees them. Negative numbers are omitted, because they
/// are not counters. A boolean is 0 or 1.
DomainSample take_parameters(virTypedParameterPtr parameters, int count);

/// The uuids of all running domains, sorted by name. `uri` "" is qemu:///system.
Result<std::vector<std::string>> running_domains(const std::string& uri);

/// The names of all domains, running or not, sorted. `uri` "" is qemu:///system.
Result<std::vector<std::string>> domain_names(const std::string& uri);

/// A running domain, by name or uuid. Only reads, and asks the guest nothing.
class RunningDomain {
  public:
    /// `uri` "" is qemu:///system. ErrorKind::refused if the domain does not run, ErrorKind::usage if it does
    /// not exist.
    static Result<RunningDomain> find(const std::string& uri, const std::string& name);

    /// libvirt's current bulk statistics; `at` is the middle of the call. ErrorKind::refused if the
    /// domain has ended or was restarted since it was found. Source: virDomainListGetStats (libvirt 9.0
    /// to 11.3).
    Result<DomainSample> sample(Host& host) const;

    /// The XML of the running domain; ErrorKind::refused if it has ended.
    [[nodiscard]] Result<std::string> xml() const;

    /// Whether the guest booted when QEMU started: the domain was not restored, migrated or reverted to a
    /// snapshot.
    [[nodiscard]] bool was_booted() const;

    /// Its name, uuid, state, memory and machine type; the vCPUs are in a sample.
    [[nodiscard]] GuestSummary guest() const;

    /// The versions of QEMU and libvirt's daemon, "9.0.0"; "" if unknown.
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
