// Facts about devices, for rules and suggestions. Rules pass an XmlElement, suggestions an XmlNode*. Both
// have the functions find(), children() and attribute().
#pragma once

#include "advice/audit/network.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace hostlease {

/// Whether the disk is not a CD-ROM or floppy drive, which are slow in any case.
template <typename Node>
bool is_drive(Node disk) {
    const auto device = attribute(disk, "device");
    return device.empty() || device == "disk" || device == "lun";
}

/// The disk's bus. Without the attribute, the name of the target determines the bus. Source:
/// virDomainDiskDefPostParse (libvirt 9.0).
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

/// Whether an I/O thread can serve the device: QEMU then needs ioeventfd. Source:
/// virtio_blk_data_plane_create and virtio_scsi_dataplane_setup (QEMU 7.2).
template <typename Node>
bool has_ioeventfd(Node driver) {
    return attribute(driver, "ioeventfd") != "off";
}

template <typename Node>
bool is_scsi_controller(Node controller) {
    return attribute(controller, "type") == "scsi";
}

/// Whether QEMU emulates the network card. Other cards are passed through. A card with transient teaming
/// comes from a pool of passed-through cards.
template <typename Node>
bool is_emulated(Node card) {
    const auto type = attribute(card, "type");
    return type != "hostdev" && type != "vdpa" && attribute(find(card, "teaming"), "type") != "transient";
}

/// Whether the card's tap exists before the VM starts and libvirt only opens it. Source:
/// qemuInterfaceEthernetConnect (libvirt 9.0).
template <typename Node>
bool has_own_tap(Node card) {
    return attribute(card, "type") == "ethernet" && attribute(find(card, "target"), "managed") == "no";
}

template <typename Node>
bool is_virtio_card(Node card, const Domain& domain) {
    const auto model = attribute(find(card, "model"), "type");
    return model.starts_with("virtio") || (model.empty() && is_virtio_by_default(domain));
}

/// Whether this <graphics> element uses OpenGL.
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

/// Whether the display listens on a network address, and not only on a socket or not at all.
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
