// Screens.
#include "audit/elements.hpp"
#include "audit/rule.hpp"
#include "core/parse.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view video_doc = "https://libvirt.org/formatdomain.html#video-devices";
constexpr std::string_view graphics_doc = "https://libvirt.org/formatdomain.html#graphical-framebuffers";

std::vector<XmlElement> screens(const AuditInput& input) {
    auto list = find_all(input.root, "devices/video");
    std::erase_if(list, [](XmlElement one) { return attribute(find(one, "model"), "type") == "none"; });
    return list;
}

bool has_3d(XmlElement video) { return attribute(find(video, "model/acceleration"), "accel3d") == "yes"; }

std::vector<XmlElement> graphics(const AuditInput& input, std::string_view type) {
    auto list = find_all(input.root, "devices/graphics");
    std::erase_if(list, [&](XmlElement one) { return !type.empty() && attribute(one, "type") != type; });
    return list;
}

bool has_gl(XmlElement one) { return attribute(one, "type") == "egl-headless" || attribute(find(one, "gl"), "enable") == "yes"; }

/// Whether clients come over the network.
bool listens_on_network(XmlElement one) {
    const auto listens = children(one, "listen");
    if (listens.empty()) return attribute(one, "socket").empty();
    return std::any_of(listens.begin(), listens.end(), [](XmlElement listen) {
        return attribute(listen, "type") == "address" || attribute(listen, "type") == "network";
    });
}

std::string address_of(XmlElement one) {
    for (const auto listen : children(one, "listen"))
        if (const auto address = attribute(listen, "address"); !address.empty()) return std::string(address);
    return std::string(attribute(one, "listen"));
}

void check_3d(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto list = screens(input);
    if (list.empty()) return outcome.skip("there is no emulated screen");
    for (const auto video : list) {
        const auto type = attribute(find(video, "model"), "type");
        const bool is_virtio = type == "virtio";
        if (is_virtio && (has_3d(video) || input.guest == Guest::windows)) continue;
        outcome.fail({.line = line_of(video, "model"),
                      .found = is_virtio ? "virtio without 3D" : "model '" + std::string(type) + "'",
                      .wanted = is_virtio ? "accel3d='yes', with OpenGL in <graphics>" : "model 'virtio'",
                      .xml = input.guest == Guest::windows
                                 ? "<model type='virtio' heads='1' primary='yes'/>"
                                 : "<model type='virtio' heads='1' primary='yes'>\n  <acceleration accel3d='yes'/>\n</model>"});
    }
}

void check_heads(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto list = screens(input);
    if (list.empty()) return outcome.skip("there is no emulated screen");
    for (const auto video : list) {
        const auto model = find(video, "model");
        const auto type = attribute(model, "type");
        const auto heads = parse_integer<unsigned>(attribute(model, "heads")).value_or(1);
        if (heads > 1 && type != "virtio" && type != "qxl")
            outcome.fail({.line = model.line(),
                          .found = std::to_string(heads) + " heads for model '" + std::string(type) + "'",
                          .wanted = "model 'virtio'; libvirt refuses heads for this one",
                          .xml = "<model type='virtio' heads='" + std::to_string(heads) + "' primary='yes'/>",
                          .severity = Severity::error});
        if (heads == 1 && list.size() == 1)
            outcome.fail({.line = line_of(video, "model"),
                          .found = "one screen",
                          .wanted = "heads='2' or more for as many monitors, if the VM is to have them",
                          .xml = "<model type='virtio' heads='2' primary='yes'/>"});
    }
}

void check_gl(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto list = graphics(input, {});
    const auto videos = screens(input);
    const auto accelerated = std::find_if(videos.begin(), videos.end(), has_3d);
    const bool any_gl = std::any_of(list.begin(), list.end(), has_gl);
    if (accelerated == videos.end() && !any_gl) return outcome.skip("nothing asks for OpenGL");
    if (accelerated != videos.end() && !any_gl)
        outcome.fail({.line = line_of(*accelerated, "model/acceleration"),
                      .found = "3D without OpenGL in <graphics>",
                      .wanted = "<gl enable='yes'/> in SPICE, or a <graphics type='egl-headless'>; QEMU does not start otherwise",
                      .xml = "<graphics type='spice'>\n  <listen type='none'/>\n  <gl enable='yes'/>\n</graphics>"});
    for (const auto one : graphics(input, "spice"))
        if (attribute(find(one, "gl"), "enable") == "yes" && listens_on_network(one))
            outcome.fail({.line = find(one, "gl").line(),
                          .found = "SPICE with OpenGL listens on an address",
                          .wanted = "<listen type='none'/> or 'socket', as libvirt's documentation has it; only QEMU and "
                                    "spice-server of 2025 and "
                                    "later can serve an address as well",
                          .xml = "<graphics type='spice'>\n  <listen type='none'/>\n  <gl enable='yes'/>\n</graphics>"});
}

void check_compression(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    bool any = false;
    for (const auto one : graphics(input, "spice")) {
        const auto address = address_of(one);
        if (listens_on_network(one) && address != "127.0.0.1" && address != "::1" && !address.empty()) continue;
        any = true;
        if (attribute(find(one, "image"), "compression") == "off") continue;
        outcome.fail({.line = line_of(one, "image"),
                      .found = "images for a viewer on this host are compressed",
                      .wanted = "<image compression='off'/>",
                      .xml = nested({"graphics type='spice'"}, "<image compression='off'/>")});
    }
    if (!any) outcome.skip("there is no SPICE for viewers on this host");
}

void check_listen(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto list = graphics(input, {});
    if (list.empty()) return outcome.skip("there is no <graphics>");
    for (const auto one : list)
        if (const auto address = address_of(one); address == "0.0.0.0" || address == "::")
            outcome.fail({.line = one.line(),
                          .found = "the screen can be reached from every network (" + address + ")",
                          .wanted = "127.0.0.1, or no address; reach it through SSH",
                          .xml = "<listen type='address' address='127.0.0.1'/>"});
}

constexpr RuleMaker rule{.group = RuleGroup::graphics, .source = graphics_doc};

constexpr Rule rules[] = {
    rule("VID-VIRTIO-3D", Severity::note, virtio_guest,
         "virtio draws with the least work. 3D helps guests whose driver uses it: Linux's does, virtio-win's for Windows shows "
         "pictures "
         "only, whatever the guides say of Venus.",
         "a sluggish desktop", check_3d, video_doc),
    rule("VID-HEADS", Severity::note, "A head is a monitor.", "the second monitor stays dark", check_heads, video_doc),
    rule("GFX-GL", Severity::error, "OpenGL hands pictures to a viewer on the same host through a UNIX socket.",
         "the VM does not start", check_gl),
    rule("GFX-COMPRESSION", Severity::note, "On one host compression costs time and saves nothing.", "a sluggish desktop",
         check_compression),
    rule("GFX-LISTEN", Severity::warning, "VNC and SPICE without TLS send all keys and pictures in the clear.",
         "others see and use the screen", check_listen)};
} // namespace

std::span<const Rule> graphics_rules() { return rules; }

} // namespace hostlease
