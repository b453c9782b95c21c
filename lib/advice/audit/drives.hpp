// Access to the domain's drives and SCSI controllers, for the rules on storage.
#pragma once

#include "advice/audit/rule.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// Drives with a fixed medium, not CDs and floppies.
std::vector<XmlElement> drives(const AuditInput& input);

std::string_view type_of(XmlElement disk);
/// "vda"; "" without a target.
std::string name_of(XmlElement disk);
XmlElement driver_of(XmlElement disk);
/// The line of the disk's driver, or of the disk if it has none.
unsigned line_of_driver(XmlElement disk);

/// The driver element with one attribute changed.
std::string driver_with(XmlElement driver, std::string_view name, std::string_view value);

std::vector<XmlElement> scsi_controllers(const AuditInput& input);
/// Whether disks on bus 'scsi' are on virtio-scsi. Source: qemuDomainGetSCSIControllerModel (libvirt 9.0) for
/// a controller without a model, or one that is not in the XML.
bool has_only_virtio_scsi(const AuditInput& input);

/// The owner of a driver element, as in a finding.
struct DriverOwner {
    std::string kind; // "disk"
    std::string name; // "vda"
};
DriverOwner as_disk(XmlElement disk);
DriverOwner as_controller(XmlElement controller);

/// Calls fault(disk) for each drive.
template <typename Fault>
void each_drive(const AuditInput& input, AuditOutcome& outcome, Fault fault) {
    const auto list = drives(input);
    if (list.empty()) return outcome.skip("there is no disk");
    for (const auto disk : list)
        fault(disk);
}

} // namespace hostlease
