// Displays: <graphics> and <video>.
#include "advice/audit/device_facts.hpp"
#include "advice/suggest/scene.hpp"

#include <algorithm>
#include <string>

namespace hostlease {

namespace {
std::vector<XmlNode*> graphics_of(SuggestScene& scene, std::string_view type) {
    auto list = scene.devices("graphics");
    std::erase_if(list, [&](const XmlNode* one) { return one->attribute("type") != type; });
    return list;
}

std::vector<XmlNode*> spices(SuggestScene& scene) { return graphics_of(scene, "spice"); }

bool any_gl(SuggestScene& scene) {
    const auto list = scene.devices("graphics");
    return std::any_of(list.begin(), list.end(), [](XmlNode* one) { return has_gl(one); });
}

/// Sets 3D only if <graphics> has OpenGL: without it, QEMU does not start.
void set_model(SuggestScene& scene, const AuditFinding&) {
    for (XmlNode* video : scene.devices("video")) {
        XmlNode& model = video->ensure("model");
        const auto type = attribute(&model, "type");
        if (type == "none") continue;
        if (type != "virtio" && scene.keeps_model(*video)) continue;
        if (type != "virtio") {
            model.set_attribute("type", "virtio");
            for (const auto* name : {"ram", "vram", "vram64", "vgamem"}) // only other models have these
                model.remove_attribute(name);
            scene.warn(scene.audit.guest == Guest::windows
                           ? "the display becomes virtio: first install its driver in Windows (viogpudo), or "
                             "the resolution stays low"
                           : "the display becomes virtio: the guest needs Linux 4.4 or newer, or another "
                             "virtio-gpu driver");
            continue; // the next round sets 3D: OpenGL may be on by then
        }
        if (scene.audit.guest == Guest::windows) continue;
        if (any_gl(scene))
            model.ensure("acceleration").set_attribute("accel3d", "yes");
        else
            scene.tell(
                std::string("3D is not suggested: it needs OpenGL in <graphics>") +
                (spices(scene).empty() ? "" : ", with which SPICE shows the display only on this host"));
    }
}

/// Also removes the mode 'secure', which needs TLS. Source: qemuBuildGraphicsSPICECommandLine (libvirt 9.0).
void listen_to_nobody(XmlNode& graphics) {
    for (const auto* name : {"listen", "port", "tlsPort", "autoport", "socket"})
        graphics.remove_attribute(name); // the older form of <listen>
    for (XmlNode* listen : graphics.children("listen"))
        graphics.remove(*listen);
    graphics.add("listen").set_attribute("type", "none");
    if (graphics.attribute("defaultMode") == "secure") graphics.remove_attribute("defaultMode");
    for (XmlNode* channel : graphics.children("channel"))
        if (channel->attribute("mode") == "secure") graphics.remove(*channel);
}

/// egl-headless passes its images only to VNC and SPICE. Source: qemuValidateDomainDeviceDefGraphics (libvirt
/// 9.0).
void turn_on_gl(SuggestScene& scene) {
    for (const std::string_view type : {"spice", "sdl"})
        if (const auto list = graphics_of(scene, type); !list.empty())
            return list.front()->ensure("gl").set_attribute("enable", "yes");
    if (graphics_of(scene, "vnc").empty())
        return scene.tell("3D is not suggested: it needs <graphics> of type 'spice', 'vnc' or 'sdl'");
    scene.root.ensure("devices").add("graphics").set_attribute("type", "egl-headless");
}

void set_gl(SuggestScene& scene, const AuditFinding&) {
    if (!any_gl(scene)) turn_on_gl(scene);
    for (XmlNode* spice : spices(scene))
        if (attribute(spice->find("gl"), "enable") == "yes" && listens_on_network(spice)) {
            listen_to_nobody(*spice);
            scene.warn("SPICE listens on no address: viewers on this host connect through libvirt, and those "
                       "on other hosts cannot connect, not even through SSH");
        }
}

/// Merges the finding's XML into the element of the finding: merge_xml() identifies <graphics> by its type.
void set_settings(SuggestScene& scene, const AuditFinding& finding) {
    merge_xml(scene.root.ensure("devices"), finding.xml);
}

void set_listen(SuggestScene& scene, const AuditFinding&) {
    const auto narrow = [&](const XmlNode& graphics, XmlNode& node, std::string_view name) {
        const auto address = attribute(&node, name);
        if (address != "0.0.0.0" && address != "::") return;
        const std::string own = address == "::" ? "::1" : "127.0.0.1";
        node.set_attribute(name, own);
        scene.warn("<graphics> of type '" + attribute(&graphics, "type") + "' listens only on " + own +
                   ": viewers on other hosts connect through SSH");
    };
    for (XmlNode* graphics : scene.devices("graphics")) {
        if (is_encrypted(graphics)) continue;
        narrow(*graphics, *graphics, "listen");
        for (XmlNode* listen : graphics->children("listen"))
            narrow(*graphics, *listen, "address");
    }
}

/// Only the owner knows the number of monitors.
void leave(SuggestScene&, const AuditFinding&) {}

constexpr Remedy remedies[] = {
    {"VID-VIRTIO-3D", set_model},      {"VID-HEADS", leave},          {"GFX-GL", set_gl},
    {"GFX-COMPRESSION", set_settings}, {"GFX-NETWORK", set_settings}, {"GFX-LISTEN", set_listen}};
constexpr GroupSetter setter{
    .group = RuleGroup::graphics, .by_default = false, .needs_guest = true, .remedies = remedies};
} // namespace

const GroupSetter& graphics_setter() { return setter; }

} // namespace hostlease
