// Other devices, firmware and power.
#include "audit/elements.hpp"
#include "audit/overrides.hpp"

#include <algorithm>

namespace hostlease {

namespace {
void check_rng(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (find(input.root, "devices/rng")) return;
    outcome.fail({.line = line_of(input.root, "devices"),
                  .found = "no source of random numbers",
                  .wanted = "a virtio one",
                  .xml = nested({"devices", "rng model='virtio'"}, "<backend model='random'>/dev/urandom</backend>")});
}

void check_tpm(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto tpm = find(input.root, "devices/tpm");
    const auto backend = find(tpm, "backend");
    const auto version = attribute(backend, "version");
    if (tpm && (attribute(backend, "type") == "passthrough" || version.empty() || version == "2.0")) return;
    outcome.fail({.line = line_of(input.root, "devices/tpm/backend"),
                  .found = tpm ? "a TPM " + std::string(version) : "no TPM",
                  .wanted = "a TPM 2.0",
                  .xml = nested({"devices", input.is_x86() ? "tpm model='tpm-crb'" : "tpm model='tpm-tis'"},
                                "<backend type='emulator' version='2.0'/>")});
}

void check_usb(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    bool any = false;
    for (const auto one : find_all(input.root, "devices/controller")) {
        if (attribute(one, "type") != "usb") continue;
        any = true;
        const auto model = attribute(one, "model");
        if (model == "qemu-xhci" || model == "nec-xhci" || model == "none") continue;
        outcome.fail({.line = one.line(),
                      .found = "a USB controller of model '" + (model.empty() ? "default" : std::string(model)) + "'",
                      .wanted = "model='qemu-xhci'",
                      .xml = "<controller type='usb' index='0' model='qemu-xhci' ports='15'/>"});
    }
    if (!any)
        outcome.fail({.line = line_of(input.root, "devices"),
                      .found = "no USB controller, for which libvirt adds an old one",
                      .wanted = "model='qemu-xhci', or 'none'",
                      .xml = nested({"devices"}, "<controller type='usb' index='0' model='qemu-xhci' ports='15'/>")});
}

void check_agent(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    for (const auto one : find_all(input.root, "devices/channel"))
        if (attribute(find(one, "target"), "name") == "org.qemu.guest_agent.0") return;
    outcome.fail({.line = line_of(input.root, "devices"),
                  .found = "no channel for the guest agent",
                  .wanted = "one, and qemu-guest-agent in the guest",
                  .xml = nested({"devices", "channel type='unix'"}, "<target type='virtio' name='org.qemu.guest_agent.0'/>")});
}

void check_machine(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto machine = attribute(find(input.root, "os/type"), "machine");
    const auto line = line_of(input.root, "os/type");
    const std::string_view xml = "<type arch='x86_64' machine='q35'>hvm</type>";
    if (machine.find("q35") == std::string_view::npos)
        return outcome.fail(
            {.line = line,
             .found = machine.empty() ? "no machine type, which is the old PC" : "machine '" + std::string(machine) + "'",
             .wanted = "q35, which has PCI Express; changing it takes new PCI addresses, and Windows is to be tried first",
             .xml = std::string(xml)});
    if (machine == "q35")
        outcome.fail(
            {.line = line,
             .found = "machine 'q35' without a version",
             .wanted = "define it: libvirt writes down the version of that day, and the guest's hardware stays the same"});
}

bool asks_for_secure_boot(const AuditInput& input) {
    if (attribute(find(input.root, "os/loader"), "secure") == "yes") return true;
    for (const auto one : find_all(input.root, "os/firmware/feature"))
        if (attribute(one, "name") == "secure-boot" && attribute(one, "enabled") == "yes") return true;
    return false;
}

/// With <os firmware> libvirt turns it on by itself. Source: src/qemu/qemu_validate.c (libvirt 9.0), "Secure boot requires SMM feature enabled".
void check_management_mode(const AuditInput& input, AuditOutcome& outcome) {
    if (attribute(find(input.root, "os/loader"), "secure") != "yes" || !attribute(find(input.root, "os"), "firmware").empty())
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
    const bool is_efi = attribute(find(input.root, "os"), "firmware") == "efi" || find(input.root, "os/loader");
    outcome.fail({.line = line_of(input.root, is_efi ? "os/loader" : "os"),
                  .found = is_efi ? "UEFI without Secure Boot" : "no UEFI",
                  .wanted = "UEFI with Secure Boot. A guest installed with a BIOS does not boot with it",
                  .xml = nested({"os firmware='efi'", "firmware"}, "<feature enabled='yes' name='secure-boot'/>\n"
                                                                   "<feature enabled='yes' name='enrolled-keys'/>")});
}

void check_suspend(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    for (const char* kind : {"suspend-to-mem", "suspend-to-disk"}) {
        const auto path = "pm/" + std::string(kind);
        if (attribute(find(input.root, path), "enabled") == "no") continue;
        outcome.fail({.line = line_of(input.root, path),
                      .found = "the guest may " + std::string(kind),
                      .wanted = "enabled='no'",
                      .xml = nested({"pm"}, "<" + std::string(kind) + " enabled='no'/>")});
    }
}

void check_smbios(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (!attribute(find(input.root, "os/smbios"), "mode").empty()) return;
    if (input.symptom != "vm-detection") return outcome.skip("only on request (--symptom vm-detection)");
    outcome.fail({.line = line_of(input.root, "os/smbios"),
                  .found = "the guest sees QEMU's names of hardware",
                  .wanted = "<smbios mode='host'/>, which also shows the host's serial numbers to the guest",
                  .xml = nested({"os"}, "<smbios mode='host'/>")});
}

void check_arguments(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& arguments = input.domain.qemu_arguments;
    if (arguments.empty()) return outcome.skip("there is no <qemu:commandline>");
    for (const auto& argument : arguments)
        if (const auto elements = overridden_elements(argument); !elements.empty())
            outcome.fail({.line = argument.line,
                          .found = argument.option + " of <qemu:commandline> replaces " + elements,
                          .wanted = "remove the argument, and write what it says as elements of libvirt's"});
}

void check_uuid(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto uuid = find(input.root, "uuid");
    if (!uuid) return outcome.skip("there is no <uuid>: libvirt makes one when the VM is defined");
    if (input.domain.uuid.empty())
        outcome.fail({.line = uuid.line(),
                      .found = "'" + text_of(uuid).substr(0, 64) + "' is no UUID",
                      .wanted = "32 hexadecimal digits, or no <uuid>: libvirt makes one when the VM is defined"});
}

constexpr RuleMaker rule{.group = RuleGroup::devices};

constexpr Rule rules[] = {
    rule("UUID-VALID", Severity::error, anything, "libvirt refuses XML with anything else in <uuid>.", "the VM cannot be defined",
         check_uuid, "https://libvirt.org/formatdomain.html#general-metadata"),
    rule("DEV-RNG", Severity::note, virtio_guest, "A guest has few sources of chance of its own.",
         "programs that wait for random numbers at boot", check_rng,
         "https://libvirt.org/formatdomain.html#random-number-generator-device"),
    rule("DEV-TPM", Severity::warning, windows_11, "Windows 11 is not installed, and not upgraded, without a TPM 2.0.",
         "Windows 11 refuses to install", check_tpm, "https://libvirt.org/formatdomain.html#tpm-device"),
    rule("DEV-XHCI", Severity::note, x86 | virtio_guest, "USB 1 and 2 controllers are polled, a thousand times a second.",
         "load on an idle guest", check_usb, "https://libvirt.org/formatdomain.html#controllers"),
    rule("DEV-AGENT", Severity::note, virtio_guest,
         "By the agent the host can shut down, freeze for a snapshot and set the time.",
         "the VM does not shut down; the time is wrong after a pause", check_agent,
         "https://libvirt.org/formatdomain.html#channel"),
    rule("DEV-MACHINE", Severity::note, x86,
         "q35 has PCI Express; the old PC has the buses of 1996. A version keeps the guest's hardware as it is.",
         "devices that are passed through run slowly or not at all", check_machine,
         "https://www.qemu.org/docs/master/system/i386/pc.html"),
    rule("DEV-SECUREBOOT", Severity::warning, windows_11 | x86, "Windows 11 asks for a firmware that can do Secure Boot.",
         "Windows 11 refuses to install", check_secure_boot, "https://libvirt.org/kbase/secureboot.html"),
    rule("DEV-QEMU-ARGS", Severity::warning, anything,
         "QEMU takes the last of equal options, and libvirt does not know what these say. Rules on what they replace are not "
         "asked.",
         "settings that have no effect", check_arguments, "https://libvirt.org/kbase/qemu-passthrough-security.html"),
    rule("PM-SUSPEND-OFF", Severity::note, x86, "A guest that goes to sleep looks like one that hangs, and its lease stays.",
         "the VM does not answer after a while", check_suspend, "https://libvirt.org/formatdomain.html#power-management"),
    rule("SMBIOS-HOST", Severity::note, x86, "Some software refuses to run where the mainboard is QEMU's.",
         "software that refuses to run in a VM", check_smbios,
         "https://libvirt.org/formatdomain.html#smbios-system-information")};
} // namespace

std::span<const Rule> device_rules() { return rules; }

} // namespace hostlease
