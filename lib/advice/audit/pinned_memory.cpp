#include "advice/audit/pinned_memory.hpp"

#include "advice/audit/elements.hpp"

#include <algorithm>

namespace hostlease {

namespace {
/// Mediated devices pin the guest's memory as well, and so do vDPA cards. Source:
/// qemuDomainGetNumVFIODevices and qemuDomainGetNumVDPANetDevices (libvirt 9.0).
bool has_other_vfio(const AuditInput& input) {
    const auto mediated = find_all(input.root, "devices/hostdev");
    const auto cards = find_all(input.root, "devices/interface");
    const auto is = [](std::string_view type) {
        return [type](XmlElement one) { return attribute(one, "type") == type; };
    };
    return std::any_of(mediated.begin(), mediated.end(), is("mdev")) ||
           std::any_of(cards.begin(), cards.end(), is("vdpa"));
}
} // namespace

bool is_amd_sev(const AuditInput& input) {
    return attribute(find(input.root, "launchSecurity"), "type").starts_with("sev");
}

bool has_host_device(const AuditInput& input) {
    const auto& disks = input.domain.disks;
    return has_other_vfio(input) || !input.domain.host_devices.empty() ||
           std::any_of(disks.begin(), disks.end(), [](const Disk& disk) { return disk.address.has_value(); });
}

bool pins_unknown_memory(const AuditInput& input) {
    const auto& arguments = input.domain.qemu_arguments;
    return is_amd_sev(input) ||
           std::any_of(arguments.begin(), arguments.end(), [](const QemuArgument& argument) {
               return argument.option == "-device" && argument.value.starts_with("vfio-");
           });
}

} // namespace hostlease
