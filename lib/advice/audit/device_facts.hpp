// Facts of devices that rules and suggestions both ask for. A check holds an XmlElement and a suggestion an
// XmlNode*: each function takes either, by the find(), children() and attribute() of its own.
#pragma once

#include "advice/audit/network.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace hostlease {

/// Whether the disk has a medium of its own: CDs and floppies are slow by nature.
template <typename Node>
bool is_drive(Node disk) {
    const auto device = attribute(disk, "device");
    return device.empty() || device == "disk" || device == "lun";
}

/// The disk's bus: by the name of its target where none is written. Source: virDomainDiskDefPostParse
/// (libvirt 9.0).
template <typename Node>
std::string bus_of(Node disk) {
    constexpr std::pair<std::string_view, std::string_view> buses[] = {
        {"sd", "scsi"}, {"vd", "virtio"}, {"xvd", "xen"}};
    const auto target = find(disk, "target");
    if (const auto bus = attribute(target, "bus"); !bus.empty()) return std::string(bus);
    const auto name = attribute(target, "dev");
    for (const auto& [prefix, bus] : buses)
        if (name.starts_with(prefix)) return std::string(bus);
    return "ide";
}

template <typename Node>
bool is_scsi_controller(Node controller) {
    return attribute(controller, "type") == "scsi";
}

/// Whether QEMU has a part in the network card: others are passed through whole, and one whose teaming is
/// transient is of a pool of such cards.
template <typename Node>
bool is_emulated(Node card) {
    const auto type = attribute(card, "type");
    return type != "hostdev" && type != "vdpa" && attribute(find(card, "teaming"), "type") != "transient";
}

template <typename Node>
bool is_virtio_card(Node card, const Domain& domain) {
    const auto model = attribute(find(card, "model"), "type");
    return model.starts_with("virtio") || (model.empty() && is_virtio_by_default(domain));
}

/// Whether the element of <graphics> shows what the guest draws with OpenGL.
template <typename Node>
bool has_gl(Node graphics) {
    return attribute(graphics, "type") == "egl-headless" ||
           attribute(find(graphics, "gl"), "enable") == "yes";
}

/// Whether SPICE encrypts every channel. Source: formatdomain on graphics, defaultMode and channel.
template <typename Node>
bool is_encrypted(Node graphics) {
    const auto channels = children(graphics, "channel");
    return attribute(graphics, "type") == "spice" && attribute(graphics, "defaultMode") == "secure" &&
           std::none_of(channels.begin(), channels.end(), [](const auto& channel) {
               return attribute(channel, "mode") == "insecure" || attribute(channel, "mode") == "any";
           });
}

/// Whether clients come over the network.
template <typename Node>
bool listens_on_network(Node graphics) {
    const auto listens = children(graphics, "listen");
    if (listens.empty()) return attribute(graphics, "socket").empty();
    return std::any_of(listens.begin(), listens.end(), [](const auto& listen) {
        const auto type = attribute(listen, "type");
        return type == "address" || type == "network";
    });
}

} // namespace hostlease
