// Access to the domain's drives and SCSI controllers, for the rules on storage.
#pragma once

#include "advice/audit/rule.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// All disks except CD-ROM and floppy drives.
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
/// Whether all disks on bus 'scsi' are on virtio-scsi. Source for a controller without a model, or that is
/// missing in the XML: qemuDomainGetSCSIControllerModel (libvirt 9.0).
bool has_only_virtio_scsi(const AuditInput& input);
/// The index of the controller that a disk on bus 'scsi' names; "0" if it names none.
std::string scsi_controller_of(XmlElement disk);
/// False also if the disk names a missing controller: libvirt adds an emulated one.
bool is_on_virtio_scsi(const AuditInput& input, XmlElement disk);

/// The owner of a driver element: `kind` and `name` of a finding.
struct DriverOwner {
    std::string kind; // "disk"
    std::string name; // "vda"
};
DriverOwner as_disk(XmlElement disk);
DriverOwner as_controller(XmlElement controller);

/// Calls fault(disk) for each drive. Skips the rule if there are none.
template <typename Fault>
void each_drive(const AuditInput& input, AuditOutcome& outcome, Fault fault) {
    const auto list = drives(input);
    if (list.empty()) return outcome.skip("there is no disk");
    for (const auto disk : list)
        fault(disk);
}

} // namespace hostlease
