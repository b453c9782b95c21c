#include "advice/suggest/scene.hpp"

#include "advice/audit/device_facts.hpp"

#include <algorithm>

namespace hostlease {

namespace {
/// How libvirt's own aliases of such devices begin. Source: src/qemu/qemu_alias.c (libvirt 9.0).
std::string alias_prefix(XmlNode& device) {
    const auto name = device.name();
    if (name == "interface") return "net";
    if (name == "filesystem") return "fs";
    if (name == "memballoon") return "balloon";
    if (name == "controller") return attribute(&device, "type");
    if (name != "disk") return std::string(name);
    const auto bus = bus_of(&device);
    return bus == "virtio" || bus == "usb" ? bus + "-disk" : bus;
}

/// Without an alias in the XML, libvirt numbers the devices; every device of the kind may then be meant.
bool is_meant(const std::string& alias, XmlNode& device) {
    if (const auto own = attribute(device.find("alias"), "name"); own.starts_with("ua-")) return own == alias;
    const auto prefix = alias_prefix(device);
    return alias.starts_with(prefix) &&
           alias.find_first_not_of("0123456789-", prefix.size()) == std::string::npos;
}
} // namespace

bool SuggestScene::keeps_model(XmlNode& device) {
    for (const auto& alias : domain().overridden_devices) {
        if (!is_meant(alias, device)) continue;
        tell("<" + std::string(device.name()) + "> keeps its model: the XML sets QEMU properties of '" +
             alias + "', which another model may not have");
        return true;
    }
    return false;
}

void SuggestScene::tell(std::string text, Severity severity) {
    const bool is_known =
        std::any_of(notes.begin(), notes.end(), [&](const SuggestNote& note) { return note.text == text; });
    if (!is_known) notes.push_back({severity, std::move(text)});
}

AuditInput with_domain(const AuditInput& input, const Domain& domain) {
    return {.root = input.root,
            .domain = domain,
            .guest = input.guest,
            .windows = input.windows,
            .vendor = input.vendor,
            .host = input.host,
            .policy = input.policy,
            .symptom = {},
            .libvirt_version = input.libvirt_version};
}

} // namespace hostlease
