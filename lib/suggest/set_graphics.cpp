// Screens.
#include "suggest/scene.hpp"

#include <algorithm>
#include <string>

namespace hostlease {

namespace {
std::vector<XmlNode*> list_of(SuggestScene& scene, std::string_view name) {
    XmlNode* devices = scene.root.find("devices");
    return devices == nullptr ? std::vector<XmlNode*>{} : devices->children(name);
}

std::string attribute(XmlNode* node, std::string_view name) { return node == nullptr ? "" : node->attribute(name).value_or(""); }

std::vector<XmlNode*> graphics_of(SuggestScene& scene, std::string_view type) {
    auto list = list_of(scene, "graphics");
    std::erase_if(list, [&](const XmlNode* one) { return one->attribute("type") != type; });
    return list;
}

std::vector<XmlNode*> spices(SuggestScene& scene) { return graphics_of(scene, "spice"); }

bool has_gl(SuggestScene& scene) {
    const auto list = list_of(scene, "graphics");
    return std::any_of(list.begin(), list.end(), [](XmlNode* one) {
        return one->attribute("type") == "egl-headless" || attribute(one->find("gl"), "enable") == "yes";
    });
}

/// 3D only where something shows it: without OpenGL in <graphics> QEMU does not start.
void set_model(SuggestScene& scene, const AuditFinding&) {
    for (XmlNode* video : list_of(scene, "video")) {
        XmlNode& model = video->ensure("model");
        const auto type = attribute(&model, "type");
        if (type == "none") continue;
        if (type != "virtio") {
            model.set_attribute("type", "virtio");
            for (const auto* name : {"ram", "vram", "vram64", "vgamem"}) // of other models
                model.remove_attribute(name);
            scene.warn(
                scene.audit.guest == Guest::windows
                    ? "the screen becomes virtio: install its driver in Windows first (viogpudo), or it stays at a low resolution"
                    : "the screen becomes virtio: the guest needs Linux 4.4 or newer, or another driver of its own");
        }
        if (scene.audit.guest == Guest::windows) continue;
        if (has_gl(scene))
            model.ensure("acceleration").set_attribute("accel3d", "yes");
        else
            scene.tell("3D is left out: it needs OpenGL in <graphics>, which shows the screen on this host alone");
    }
}

/// Without TLS no channel can be secure. Source: qemuBuildGraphicsSPICECommandLine (libvirt 9.0).
void listen_to_nobody(XmlNode& graphics) {
    for (const auto* name : {"listen", "port", "tlsPort", "autoport", "socket"})
        graphics.remove_attribute(name); // of <graphics>, in the older form
    for (XmlNode* listen : graphics.children("listen"))
        graphics.remove(*listen);
    graphics.add("listen").set_attribute("type", "none");
    if (graphics.attribute("defaultMode") == "secure") graphics.remove_attribute("defaultMode");
    for (XmlNode* channel : graphics.children("channel"))
        if (channel->attribute("mode") == "secure") graphics.remove(*channel);
}

/// Whether clients come over the network.
bool listens_on_network(XmlNode& graphics) {
    const auto listens = graphics.children("listen");
    if (listens.empty()) return !graphics.attribute("socket");
    return std::any_of(listens.begin(), listens.end(), [](const XmlNode* listen) {
        return listen->attribute("type") == "address" || listen->attribute("type") == "network";
    });
}

/// egl-headless hands pictures to VNC and SPICE alone. Source: qemuValidateDomainDeviceDefGraphics (libvirt 9.0).
void turn_on_gl(SuggestScene& scene) {
    for (const std::string_view type : {"spice", "sdl"})
        if (const auto list = graphics_of(scene, type); !list.empty())
            return list.front()->ensure("gl").set_attribute("enable", "yes");
    if (graphics_of(scene, "vnc").empty())
        return scene.tell("3D has no screen that can show it: it needs <graphics> of type 'spice', 'vnc' or 'sdl'");
    scene.root.ensure("devices").add("graphics").set_attribute("type", "egl-headless");
}

void set_gl(SuggestScene& scene, const AuditFinding&) {
    if (!has_gl(scene)) turn_on_gl(scene);
    for (XmlNode* spice : spices(scene))
        if (attribute(spice->find("gl"), "enable") == "yes" && listens_on_network(*spice)) {
            listen_to_nobody(*spice);
            scene.warn("SPICE shows the screen on this host alone: a viewer of another host no longer reaches it");
        }
}

bool is_local(const std::string& address) { return address.empty() || address == "127.0.0.1" || address == "::1"; }

std::string address_of(XmlNode& graphics) {
    for (XmlNode* listen : graphics.children("listen"))
        if (const auto address = attribute(listen, "address"); !address.empty()) return address;
    return attribute(&graphics, "listen");
}

void set_compression(SuggestScene& scene, const AuditFinding&) {
    for (XmlNode* spice : spices(scene))
        if (!listens_on_network(*spice) || is_local(address_of(*spice)))
            spice->ensure("image").set_attribute("compression", "off");
}

void set_listen(SuggestScene& scene, const AuditFinding&) {
    const auto narrow = [&](XmlNode& node, std::string_view name) {
        const auto address = attribute(&node, name);
        if (address != "0.0.0.0" && address != "::") return;
        node.set_attribute(name, address == "::" ? "::1" : "127.0.0.1");
        scene.warn("the screen can be reached from this host alone: come through SSH from others");
    };
    for (XmlNode* graphics : list_of(scene, "graphics")) {
        narrow(*graphics, "listen");
        for (XmlNode* listen : graphics->children("listen"))
            narrow(*listen, "address");
    }
}

/// How many monitors there are is for the owner to say.
void leave(SuggestScene&, const AuditFinding&) {}

constexpr Remedy remedies[] = {{"VID-VIRTIO-3D", set_model},
                               {"VID-HEADS", leave},
                               {"GFX-GL", set_gl},
                               {"GFX-COMPRESSION", set_compression},
                               {"GFX-LISTEN", set_listen}};
constexpr GroupSetter setter{.group = RuleGroup::graphics, .by_default = false, .needs_guest = true, .remedies = remedies};
} // namespace

const GroupSetter& graphics_setter() { return setter; }

} // namespace hostlease
