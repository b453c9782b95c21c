// Other devices, firmware and power management. The findings contain the XML of missing elements.
#include "advice/suggest/scene.hpp"

#include <map>
#include <string>

namespace hostlease {

namespace {
void set_tpm(SuggestScene& scene, const AuditFinding& finding) {
    if (scene.root.find("devices/tpm") != nullptr)
        scene.warn("a new TPM of version 2.0 replaces the old one: first suspend BitLocker, or have its "
                   "recovery key at hand");
    merge_xml(scene.root, finding.xml);
}

bool is_xhci(const XmlNode& controller) {
    const auto model = controller.attribute("model").value_or("");
    return model == "qemu-xhci" || model == "nec-xhci";
}

void make_xhci(XmlNode& controller) {
    controller.set_attribute("model", "qemu-xhci");
    controller.set_attribute("ports", "15");
    remove_excluded(controller);
    controller.remove("address"); // an ICH9 controller shares its slot
}

/// Makes each USB controller an xHCI controller and keeps its index, because <address> of USB devices names
/// the bus by this index. Removes ICH9's USB 1 companions, which have the index of their main controller.
/// Source: https://libvirt.org/formatdomain.html#controllers.
void set_usb(SuggestScene& scene, const AuditFinding&) {
    XmlNode& devices = scene.root.ensure("devices");
    for (XmlNode* one : devices.children("controller")) // with its companions
        if (one->attribute("type") == "usb" && scene.keeps_model(*one)) return;
    std::map<std::string, XmlNode*> buses;
    bool has_usb = false;
    for (XmlNode* one : devices.children("controller")) {
        if (one->attribute("type") != "usb") continue;
        has_usb = true;
        const auto index = one->attribute("index");
        if (one->attribute("model") == "none") continue;
        if (index && !buses.emplace(*index, one).second)
            devices.remove(*one);
        else if (!is_xhci(*one))
            make_xhci(*one);
    }
    if (has_usb) return;
    XmlNode& controller = devices.add("controller");
    controller.set_attribute("type", "usb");
    controller.set_attribute("index", "0");
    make_xhci(controller);
}

void add_agent(SuggestScene& scene, const AuditFinding&) {
    XmlNode& channel = scene.root.ensure("devices").add("channel");
    channel.set_attribute("type", "unix");
    XmlNode& target = channel.add("target");
    target.set_attribute("type", "virtio");
    target.set_attribute("name", "org.qemu.guest_agent.0");
    scene.tell("install qemu-guest-agent in the guest: it answers on the new channel");
}

void set_machine(SuggestScene& scene, const AuditFinding&) {
    XmlNode* type = scene.root.find("os/type");
    // libvirt replaces the alias by a version when it defines the VM
    if (type != nullptr && type->attribute("machine") == "q35") return;
    scene.tell("the machine type stays: a different one moves the guest's devices to other addresses, and "
               "the guest may not boot; test q35 on a copy");
}

void set_secure_boot(SuggestScene& scene, const AuditFinding& finding) {
    if (finding.xml.starts_with("<features>")) { // the present firmware needs this feature
        merge_xml(scene.root, finding.xml);
        return;
    }
    scene.tell("the firmware stays: a guest that was installed without Secure Boot or under BIOS may not "
               "boot with Secure Boot");
}

void renew_uuid(SuggestScene& scene, const AuditFinding&) {
    scene.root.remove("uuid");
    scene.tell("the invalid UUID is removed: libvirt generates one when the VM is defined");
}

/// Keeps an explicit mode, such as 'host': only the owner changes it.
void show_sysinfo(SuggestScene& scene, const AuditFinding& finding) {
    if (scene.root.find("os/smbios") == nullptr) merge_xml(scene.root, finding.xml);
}

/// Keeps explicit settings: a guest that may suspend because its owner says so still may.
void set_suspend(SuggestScene& scene, const AuditFinding&) {
    for (const char* path : {"pm/suspend-to-mem", "pm/suspend-to-disk"})
        if (attribute(scene.root.find(path), "enabled").empty())
            scene.root.ensure(path).set_attribute("enabled", "no");
}

constexpr Remedy remedies[] = {{"DEV-TPM", set_tpm},
                               {"DEV-XHCI", set_usb},
                               {"DEV-AGENT", add_agent},
                               {"DEV-MACHINE", set_machine},
                               {"DEV-SECUREBOOT", set_secure_boot},
                               {"PM-SUSPEND-OFF", set_suspend},
                               {"SMBIOS-SYSINFO", show_sysinfo},
                               {"UUID-VALID", renew_uuid}};
constexpr GroupSetter setter{
    .group = RuleGroup::devices, .by_default = false, .needs_guest = true, .remedies = remedies};
} // namespace

const GroupSetter& device_setter() { return setter; }

} // namespace hostlease
