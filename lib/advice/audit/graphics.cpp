// Displays: <graphics> and <video>.
#include "advice/audit/device_facts.hpp"
#include "advice/audit/elements.hpp"
#include "advice/audit/rule.hpp"
#include "core/parse.hpp"
#include "read/xml_number.hpp"

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

std::string address_of(XmlElement one) {
    for (const auto listen : children(one, "listen"))
        if (const auto address = attribute(listen, "address"); !address.empty()) return std::string(address);
    return std::string(attribute(one, "listen"));
}

void check_3d(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto list = screens(input);
    if (list.empty()) return outcome.skip("the VM has no emulated display");
    if (input.is_legacy_windows()) return outcome.skip("Windows before 10 has no virtio display driver");
    for (const auto video : list) {
        const auto type = attribute(find(video, "model"), "type");
        const bool is_virtio = type == "virtio";
        if (type == "ramfb") continue; // chosen for guests whose firmware or driver supports no other model
        if (is_virtio && (has_3d(video) || input.guest == Guest::windows)) continue;
        outcome.fail({.line = line_of(video, "model"),
                      .found = is_virtio ? "virtio without 3D" : "model '" + std::string(type) + "'",
                      .wanted = is_virtio ? "accel3d='yes' and OpenGL in <graphics>" : "model 'virtio'",
                      .xml = input.guest == Guest::windows
                                 ? "<model type='virtio' heads='1' primary='yes'/>"
                                 : "<model type='virtio' heads='1' primary='yes'>\n  <acceleration "
                                   "accel3d='yes'/>\n</model>",
                      .kind = "screen"});
    }
}

void check_heads(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto list = screens(input);
    if (list.empty()) return outcome.skip("the VM has no emulated display");
    for (const auto video : list) {
        const auto model = find(video, "model");
        const auto type = attribute(model, "type");
        const auto heads = parse_xml_number<unsigned>(attribute(model, "heads")).value_or(1);
        if (heads > 1 && type != "virtio" && type != "qxl")
            outcome.fail({.line = model.line(),
                          .found = std::to_string(heads) + " heads for model '" + std::string(type) + "'",
                          .wanted = "model 'virtio'; libvirt refuses several heads for this model",
                          .xml = "<model type='virtio' heads='" + std::to_string(heads) + "' primary='yes'/>",
                          .severity = Severity::error,
                          .kind = "screen"});
        const bool may_have_more = type != "ramfb" && !input.is_legacy_windows();
        if (heads == 1 && list.size() == 1 && may_have_more)
            outcome.fail({.line = line_of(video, "model"),
                          .found = "one display",
                          .wanted = "heads='2' or more if the VM needs several monitors",
                          .xml = "<model type='virtio' heads='2' primary='yes'/>"});
    }
}

void check_gl(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto list = graphics(input, {});
    const auto videos = screens(input);
    const auto accelerated = std::find_if(videos.begin(), videos.end(), has_3d);
    const bool any_gl = std::any_of(list.begin(), list.end(), has_gl<XmlElement>);
    if (accelerated == videos.end() && !any_gl) return outcome.skip("no device uses OpenGL");
    if (accelerated != videos.end() && !any_gl)
        outcome.fail(
            {.line = line_of(*accelerated, "model/acceleration"),
             .found = "3D without OpenGL in <graphics>",
             .wanted = "<gl enable='yes'/> in SPICE, or <graphics type='egl-headless'>; otherwise QEMU does "
                       "not start",
             .xml = "<graphics type='spice'>\n  <listen type='none'/>\n  <gl enable='yes'/>\n</graphics>"});
    for (const auto one : graphics(input, "spice"))
        if (attribute(find(one, "gl"), "enable") == "yes" && listens_on_network(one))
            outcome.fail(
                {.line = find(one, "gl").line(),
                 .found = "SPICE with OpenGL listens on a network address",
                 .wanted = "<listen type='none'/> or type='socket', as libvirt documents; only QEMU and "
                           "spice-server from 2025 on support OpenGL over the network",
                 .xml =
                     "<graphics type='spice'>\n  <listen type='none'/>\n  <gl enable='yes'/>\n</graphics>"});
}

/// A setting of SPICE, with its wrong values and the better value: for viewers on this host, and for remote
/// viewers.
struct SpiceSetting {
    std::string_view element;
    std::string_view name;
    std::string_view otherwise;  // the default without the element; "": the default is fine for all viewers
    std::string_view wrong_here; // blank-separated values
    std::string_view here;       // the better value
    std::string_view wrong_over_network;
    std::string_view over_network;
};

// Sources: for the defaults, QEMU's qemu-options.hx on -spice (9.0). For mode 'auto', which uses jpeg and
// zlib only on slow links, display_channel_update_compression of spice-server (0.15). SPICE's user manual,
// "Video Streaming".
constexpr SpiceSetting spice_settings[] = {
    {"image", "compression", "auto_glz", "auto_glz auto_lz quic glz lz", "off", "off", "auto_glz"},
    {"jpeg", "compression", "", "always", "never", "never", "auto"},
    {"zlib", "compression", "", "always", "never", "never", "auto"},
    {"playback", "compression", "on", "on", "off", "off", "on"},
    {"streaming", "mode", "", "all filter", "off", "off", "filter"}};

bool is_one_of(std::string_view value, std::string_view words) {
    bool found = false;
    split(words, ' ', [&](std::string_view word) { found = found || word == value; });
    return found;
}

/// Whether only viewers on this host can connect. Without an address, libvirt uses 127.0.0.1. Source:
/// qemu.conf, spice_listen.
bool is_for_this_host(XmlElement spice) {
    const auto address = address_of(spice);
    return !listens_on_network(spice) || address == "127.0.0.1" || address == "::1" || address.empty();
}

/// Reports all wrong settings in one finding.
void check_settings(XmlElement spice, bool is_here, AuditOutcome& outcome) {
    AuditFinding finding{.found = is_here ? "for a viewer on this host:" : "for remote viewers:",
                         .wanted = {}};
    std::string elements;
    for (const auto& setting : spice_settings) {
        const auto written = attribute(find(spice, setting.element), setting.name);
        const auto value = written.empty() ? setting.otherwise : written;
        if (value.empty() || !is_one_of(value, is_here ? setting.wrong_here : setting.wrong_over_network))
            continue;
        const auto element = "<" + std::string(setting.element) + " " + std::string(setting.name) + "='" +
                             std::string(is_here ? setting.here : setting.over_network) + "'/>";
        if (elements.empty()) finding.line = line_of(spice, setting.element);
        finding.found += (elements.empty() ? " " : ", ") + std::string(setting.element) +
                         (written.empty() ? " not set, which is '" : " '") + std::string(value) + "'";
        finding.wanted += (elements.empty() ? "" : " ") + element;
        elements += (elements.empty() ? "" : "\n") + element;
    }
    if (elements.empty()) return;
    finding.xml = nested({"graphics type='spice'"}, elements);
    outcome.fail(std::move(finding));
}

void check_compression(const AuditInput& input, const Rule& rule, AuditOutcome& outcome) {
    const bool is_here = rule.subject == "here";
    bool any = false;
    for (const auto one : graphics(input, "spice")) {
        if (is_for_this_host(one) != is_here) continue;
        any = true;
        check_settings(one, is_here, outcome);
    }
    if (!any)
        outcome.skip(is_here ? "the VM has no SPICE display for viewers on this host"
                             : "the VM has no SPICE display for remote viewers");
}

void check_listen(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto list = graphics(input, {});
    if (list.empty()) return outcome.skip("the VM has no <graphics>");
    for (const auto one : list)
        if (const auto address = address_of(one);
            (address == "0.0.0.0" || address == "::") && !is_encrypted(one))
            outcome.fail({.line = one.line(),
                          .found = "is reachable from every network (" + address + ")",
                          .wanted = "127.0.0.1 or no address; connect through SSH",
                          .xml = "<listen type='address' address='127.0.0.1'/>",
                          .kind = "<graphics> of type",
                          .name = "'" + std::string(attribute(one, "type")) + "'"});
}

constexpr RuleMaker rule{.group = RuleGroup::graphics, .source = graphics_doc};

constexpr Rule rules[] = {
    rule("VID-VIRTIO-3D", Severity::note, virtio_guest,
         "virtio-gpu needs the least work per frame. 3D acceleration helps Linux guests; the virtio-win "
         "driver for Windows is display-only.",
         "the desktop is sluggish", check_3d, video_doc),
    rule("VID-HEADS", Severity::note, "Each head is one monitor.", "the second monitor stays dark",
         check_heads, video_doc),
    rule("GFX-GL", Severity::error,
         "OpenGL passes frames to a viewer on the same host through a UNIX socket.", "the VM does not start",
         check_gl),
    rule("GFX-COMPRESSION", Severity::note,
         "On one host, compression costs time and saves nothing. Video streaming also encodes the areas that "
         "change fast, which is compression too.",
         "the desktop is sluggish", check_compression, {}, "here"),
    rule("GFX-NETWORK", Severity::note,
         "Between hosts the network limits the speed, so compression helps. Recipes that turn it off assume "
         "a viewer on the host itself.",
         "the desktop is sluggish; sound breaks up", check_compression, {}, "network"),
    rule("GFX-LISTEN", Severity::warning,
         "VNC and SPICE without TLS transmit keystrokes and screen contents in clear text.",
         "others can see and control the screen", check_listen)};
} // namespace

std::span<const Rule> graphics_rules() { return rules; }

} // namespace hostlease
