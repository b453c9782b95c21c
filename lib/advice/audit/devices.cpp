// Other devices, firmware and power management.
#include "advice/audit/elements.hpp"
#include "advice/audit/overrides.hpp"

#include <algorithm>

namespace hostlease {

namespace {
void check_rng(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (find(input.root, "devices/rng")) return;
    outcome.fail(
        {.line = line_of(input.root, "devices"),
         .found = "no random number generator",
         .wanted = "a virtio random number generator",
         .xml = nested({"devices", "rng model='virtio'"}, "<backend model='random'>/dev/urandom</backend>")});
}

/// Without a version, an emulated tpm-tis of x86 is a TPM 1.2, and tpm-tis is the default model. Source:
/// qemuDomainTPMDefPostParse of src/qemu/qemu_domain.c (libvirt 9.0).
void check_tpm(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto tpm = find(input.root, "devices/tpm");
    const auto backend = find(tpm, "backend");
    const auto model = attribute(tpm, "model");
    std::string version(attribute(backend, "version"));
    if (version.empty()) version = input.is_x86() && (model.empty() || model == "tpm-tis") ? "1.2" : "2.0";
    if (tpm && (attribute(backend, "type") != "emulator" || version == "2.0")) return;
    outcome.fail({.line = line_of(input.root, "devices/tpm/backend"),
                  .found = tpm ? "a TPM " + version : "no TPM",
                  .wanted = "an emulated TPM 2.0",
                  .xml = nested({"devices", input.is_x86() ? "tpm model='tpm-crb'" : "tpm model='tpm-tis'"},
                                "<backend type='emulator' version='2.0'/>")});
}

void check_usb(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (input.is_legacy_windows()) return outcome.skip("this version of Windows has no xHCI driver");
    bool any = false;
    std::vector<std::string> models; // a USB 2 controller and its companions are four elements
    unsigned line = 0;
    for (const auto one : find_all(input.root, "devices/controller")) {
        if (attribute(one, "type") != "usb") continue;
        any = true;
        const auto model = attribute(one, "model");
        if (model == "qemu-xhci" || model == "nec-xhci" || model == "none") continue;
        if (models.empty()) line = one.line();
        models.push_back(model.empty() ? "default" : std::string(model));
    }
    if (!models.empty()) {
        std::string text = models.size() == 1 ? "a USB controller of model"
                                              : std::to_string(models.size()) + " USB controllers of models";
        for (const auto& model : models)
            text += (&model == &models.front() ? " '" : ", '") + model + "'";
        outcome.fail({.line = line,
                      .found = std::move(text),
                      .wanted = "model='qemu-xhci'",
                      .xml = "<controller type='usb' index='0' model='qemu-xhci' ports='15'/>",
                      .places = static_cast<unsigned>(models.size())});
    }
    if (!any)
        outcome.fail(
            {.line = line_of(input.root, "devices"),
             .found = "no USB controller, so libvirt adds a legacy one",
             .wanted = "model='qemu-xhci', or 'none'",
             .xml = nested({"devices"}, "<controller type='usb' index='0' model='qemu-xhci' ports='15'/>")});
}

void check_agent(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    for (const auto one : find_all(input.root, "devices/channel"))
        if (attribute(find(one, "target"), "name") == "org.qemu.guest_agent.0") return;
    outcome.fail({.line = line_of(input.root, "devices"),
                  .found = "no channel for the guest agent",
                  .wanted = "a channel, and qemu-guest-agent in the guest",
                  .xml = nested({"devices", "channel type='unix'"},
                                "<target type='virtio' name='org.qemu.guest_agent.0'/>")});
}

/// The guest's agent opens its channel by name. Both channel types, spicevmc (the client's) and qemu-vdagent
/// (QEMU's own agent), have this name. Source: formatdomain on channels (libvirt 8.4).
void check_spice_agent(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto screens = find_all(input.root, "devices/graphics");
    if (std::none_of(screens.begin(), screens.end(),
                     [](XmlElement one) { return attribute(one, "type") == "spice"; }))
        return outcome.skip("the VM has no SPICE display");
    for (const auto one : find_all(input.root, "devices/channel"))
        if (attribute(find(one, "target"), "name") == "com.redhat.spice.0") return;
    outcome.fail({.line = line_of(input.root, "devices"),
                  .found = "SPICE without a channel for its agent",
                  .wanted = "a channel, and spice-vdagent in the guest",
                  .xml = nested({"devices", "channel type='spicevmc'"},
                                "<target type='virtio' name='com.redhat.spice.0'/>")});
}

void check_machine(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto machine = attribute(find(input.root, "os/type"), "machine");
    const auto line = line_of(input.root, "os/type");
    const std::string_view xml = "<type arch='x86_64' machine='q35'>hvm</type>";
    if (machine == "microvm" || machine == "xenfv" || machine == "xenpv")
        return outcome.skip("machine '" + std::string(machine) + "' is a deliberate choice");
    if (machine.find("q35") == std::string_view::npos)
        return outcome.fail(
            {.line = line,
             .found = machine.empty() ? "no machine type, so QEMU emulates the legacy PC (i440FX)"
                                      : "machine '" + std::string(machine) + "'",
             .wanted =
                 "q35, which has PCI Express; the change needs new PCI addresses, so test it on a copy first",
             .xml = std::string(xml)});
    if (machine == "q35")
        outcome.fail({.line = line,
                      .found = "machine 'q35' without a version",
                      .wanted = "define the VM: libvirt then records the current version and keeps the "
                                "guest's hardware stable"});
}

bool asks_for_secure_boot(const AuditInput& input) {
    if (attribute(find(input.root, "os/loader"), "secure") == "yes") return true;
    for (const auto one : find_all(input.root, "os/firmware/feature"))
        if (attribute(one, "name") == "secure-boot" && attribute(one, "enabled") == "yes") return true;
    return false;
}

/// With <os firmware>, libvirt turns on System Management Mode itself. Source: src/qemu/qemu_validate.c
/// (libvirt 9.0), "Secure boot requires SMM feature enabled".
void check_management_mode(const AuditInput& input, AuditOutcome& outcome) {
    if (attribute(find(input.root, "os/loader"), "secure") != "yes" ||
        !attribute(find(input.root, "os"), "firmware").empty())
        return;
    const auto smm = find(input.root, "features/smm");
    if (smm && attribute(smm, "state") != "off") return;
    outcome.fail({.line = line_of(input.root, "features/smm"),
                  .found = "<loader secure='yes'> without System Management Mode",
                  .wanted = "<smm state='on'/>; libvirt refuses the loader otherwise",
                  .xml = nested({"features"}, "<smm state='on'/>"),
                  .severity = Severity::error});
}

void check_secure_boot(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (asks_for_secure_boot(input)) return check_management_mode(input, outcome);
    const bool is_efi =
        attribute(find(input.root, "os"), "firmware") == "efi" || find(input.root, "os/loader");
    outcome.fail(
        {.line = line_of(input.root, is_efi ? "os/loader" : "os"),
         .found = is_efi ? "UEFI without Secure Boot" : "no UEFI",
         .wanted = "UEFI with Secure Boot. A guest that was installed under BIOS does not boot with UEFI",
         .xml = nested({"os firmware='efi'", "firmware"}, "<feature enabled='yes' name='secure-boot'/>\n"
                                                          "<feature enabled='yes' name='enrolled-keys'/>")});
}

void check_suspend(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    AuditFinding finding{.found = {}, .wanted = "enabled='no'", .places = 0};
    std::string elements;
    for (const std::string_view kind : {"suspend-to-mem", "suspend-to-disk"}) {
        const auto path = "pm/" + std::string(kind);
        if (attribute(find(input.root, path), "enabled") == "no") continue;
        if (finding.places++ == 0) finding.line = line_of(input.root, path);
        finding.found += elements.empty() ? "the guest may suspend to " : " and to ";
        finding.found += kind.ends_with("disk") ? "disk" : "memory";
        elements += (elements.empty() ? "<" : "\n<") + std::string(kind) + " enabled='no'/>";
    }
    if (finding.places == 0) return;
    finding.xml = nested({"pm"}, elements);
    outcome.fail(std::move(finding));
}

void check_smbios(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (!attribute(find(input.root, "os/smbios"), "mode").empty()) return;
    if (input.symptom != "vm-detection")
        return outcome.skip("checked only on request (--symptom vm-detection)");
    outcome.fail({.line = line_of(input.root, "os/smbios"),
                  .found = "the guest sees QEMU's hardware names",
                  .wanted = "<smbios mode='host'/>; the guest then also sees the host's serial numbers",
                  .xml = nested({"os"}, "<smbios mode='host'/>")});
}

/// libvirt passes the first <sysinfo type='smbios'> to QEMU only in mode 'sysinfo'. It refuses to start a VM
/// that has this mode but not the element. Type 'fwcfg' needs no mode. Source: qemuBuildSmbiosCommandLine,
/// qemuBuildSysinfoCommandLine (libvirt 9.0).
void check_sysinfo(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto mode = attribute(find(input.root, "os/smbios"), "mode");
    const auto list = children(input.root, "sysinfo");
    const auto info = std::find_if(list.begin(), list.end(),
                                   [](XmlElement one) { return attribute(one, "type") == "smbios"; });
    if (info == list.end() && mode != "sysinfo") return outcome.skip("there is no <sysinfo type='smbios'>");
    if (info == list.end())
        return outcome.fail({.line = line_of(input.root, "os/smbios"),
                             .found = "<smbios mode='sysinfo'/> without a <sysinfo type='smbios'>",
                             .wanted = "a <sysinfo> with the values for the guest, or no <smbios>; libvirt "
                                       "does not start the VM like this",
                             .severity = Severity::error});
    if (mode != "sysinfo")
        outcome.fail({.line = info->line(),
                      .found = mode.empty() ? "<sysinfo type='smbios'> without <smbios>"
                                            : "<sysinfo type='smbios'> beside <smbios mode='" +
                                                  std::string(mode) + "'/>",
                      .wanted = "<smbios mode='sysinfo'/>; otherwise the values have no effect",
                      .xml = nested({"os"}, "<smbios mode='sysinfo'/>")});
}

void check_arguments(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& arguments = input.domain.qemu_arguments;
    if (arguments.empty()) return outcome.skip("there is no <qemu:commandline>");
    for (const auto& argument : arguments)
        if (const auto elements = overridden_elements(argument); !elements.empty())
            outcome.fail({.line = argument.line,
                          .found = argument.option + " of <qemu:commandline> replaces " + elements,
                          .wanted = "remove the argument and use the matching libvirt elements instead"});
}

void check_uuid(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto uuid = find(input.root, "uuid");
    if (text_of(uuid).empty())
        return outcome.skip("there is no <uuid>: libvirt generates one when the VM is defined");
    if (input.domain.uuid.empty())
        outcome.fail({.line = uuid.line(),
                      .found = "'" + text_of(uuid).substr(0, 64) + "' is not a UUID",
                      .wanted = "32 hexadecimal digits, or no <uuid>: libvirt then generates one"});
}

constexpr RuleMaker rule{.group = RuleGroup::devices};

constexpr Rule rules[] = {
    rule("UUID-VALID", Severity::error, anything, "libvirt refuses XML with any other text in <uuid>.",
         "the VM cannot be defined", check_uuid, "https://libvirt.org/formatdomain.html#general-metadata"),
    rule("DEV-RNG", Severity::note, virtio_guest, "A guest has few entropy sources of its own.",
         "programs wait for random numbers at boot", check_rng,
         "https://libvirt.org/formatdomain.html#random-number-generator-device"),
    rule("DEV-TPM", Severity::warning, windows_11,
         "Windows 11 does not install or upgrade without a TPM 2.0.", "Windows 11 refuses to install",
         check_tpm, "https://libvirt.org/formatdomain.html#tpm-device"),
    rule("DEV-XHCI", Severity::note, x86 | virtio_guest,
         "QEMU polls emulated USB 1 and 2 controllers a thousand times a second.",
         "CPU load while the guest is idle", check_usb, "https://libvirt.org/formatdomain.html#controllers"),
    rule("DEV-AGENT", Severity::note, virtio_guest,
         "Through the agent, the host can shut down the guest, freeze it for a snapshot and set its clock.",
         "the VM does not shut down; its clock is wrong after a pause", check_agent,
         "https://libvirt.org/formatdomain.html#channel"),
    rule("DEV-SPICE-AGENT", Severity::note, virtio_guest,
         "The agent shares the clipboard, matches the resolution to the viewer's window and tracks its "
         "pointer.",
         "no shared clipboard; the screen has the wrong size", check_spice_agent,
         "https://libvirt.org/formatdomain.html#channel"),
    rule("DEV-MACHINE", Severity::note, x86,
         "q35 has PCI Express; the legacy PC (i440FX) does not. A versioned machine type keeps the guest's "
         "hardware stable.",
         "passed-through devices run slowly or not at all", check_machine,
         "https://www.qemu.org/docs/master/system/i386/pc.html"),
    rule("DEV-SECUREBOOT", Severity::warning, windows_11 | x86,
         "Windows 11 requires firmware that supports Secure Boot.", "Windows 11 refuses to install",
         check_secure_boot, "https://libvirt.org/kbase/secureboot.html"),
    rule("DEV-QEMU-ARGS", Severity::warning, anything,
         "QEMU uses the last of several equal options, and libvirt does not interpret these arguments. The "
         "audit skips rules about the settings that they replace.",
         "settings have no effect", check_arguments,
         "https://libvirt.org/kbase/qemu-passthrough-security.html"),
    rule("PM-SUSPEND-OFF", Severity::note, x86,
         "A sleeping guest looks like one that hangs, and it keeps its lease.",
         "the VM stops responding after a while", check_suspend,
         "https://libvirt.org/formatdomain.html#power-management"),
    rule("SMBIOS-HOST", Severity::note, x86, "Some software refuses to run if the firmware tables name QEMU.",
         "some software refuses to run in a VM", check_smbios,
         "https://libvirt.org/formatdomain.html#smbios-system-information"),
    rule("SMBIOS-SYSINFO", Severity::warning, anything,
         "<sysinfo> sets the values, and <smbios> makes them visible to the guest. <sysinfo> alone has no "
         "effect.",
         "the guest sees QEMU's hardware names", check_sysinfo,
         "https://libvirt.org/formatdomain.html#smbios-system-information")};
} // namespace

std::span<const Rule> device_rules() { return rules; }

} // namespace hostlease
