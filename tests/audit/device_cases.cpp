// Graphics, other devices, firmware and power.
#include "audit/cases.hpp"

namespace hostlease::test {

namespace {
std::string devices(const std::string& inside) { return "<devices>" + inside + "</devices>"; }
std::string video(const std::string& attributes, const std::string& inside = {}) {
    return "<video><model " + attributes + ">" + inside + "</model></video>";
}
std::string spice(const std::string& inside, const std::string& attributes = {}) {
    return "<graphics type='spice' " + attributes + ">" + inside + "</graphics>";
}
std::string channel(const std::string& type, const std::string& name) {
    return "<channel type='" + type + "'><target type='virtio' name='" + name + "'/></channel>";
}
std::string os(const std::string& inside, const std::string& attributes = {}) {
    return "<os " + attributes + ">" + inside + "</os>";
}
const std::string q35 = "<type arch='x86_64' machine='pc-q35-8.2'>hvm</type>";
const std::string uncompressed = "<image compression='off'/><playback compression='off'/>";
const std::string sysinfo = "<sysinfo type='smbios'><bios><entry name='vendor'>x</entry></bios></sysinfo>";
const std::string accelerated = "<acceleration accel3d='yes'/>";
const std::string linux_guest =
    "<metadata><l:libosinfo xmlns:l='http://libosinfo.org/xmlns/libvirt/domain/1.0'>"
    "<l:os id='http://debian.org/debian/12'/></l:libosinfo></metadata>";
void ask_for_detection(AuditScene& scene) { scene.symptom = "vm-detection"; }
} // namespace

std::vector<AuditCase> device_cases() {
    return {
        {"VID-VIRTIO-3D", true, devices(video("type='qxl'"))},
        {"VID-VIRTIO-3D", true, linux_guest + devices(video("type='virtio'"))},
        {"VID-VIRTIO-3D", false, devices(video("type='virtio'"))},
        {"VID-VIRTIO-3D", false, linux_guest + devices(video("type='virtio'", accelerated))},
        {"VID-HEADS", true, devices(video("type='virtio'"))},
        {"VID-HEADS", true, devices(video("type='vga' heads='2'"))},
        {"VID-HEADS", false, devices(video("type='virtio' heads='2'"))},
        {"GFX-GL", true, devices(spice("<listen type='address'/><gl enable='yes'/>"))},
        {"GFX-GL", true, devices(spice("<gl enable='yes'/>", "autoport='yes'"))},
        {"GFX-GL", true, devices(video("type='virtio'", accelerated) + spice("<listen type='none'/>"))},
        {"GFX-GL", false,
         devices(video("type='virtio'", accelerated) + spice("<listen type='none'/><gl enable='yes'/>"))},
        {"GFX-GL", false, devices(video("type='virtio'", accelerated) + "<graphics type='egl-headless'/>")},
        {"GFX-COMPRESSION", true, devices(spice("<listen type='none'/>"))},
        {"GFX-COMPRESSION", true, devices(spice("<listen type='none'/><image compression='off'/>"))},
        {"GFX-COMPRESSION", true,
         devices(spice("<listen type='none'/>" + uncompressed + "<jpeg compression='always'/>"))},
        {"GFX-COMPRESSION", true,
         devices(spice("<listen type='none'/>" + uncompressed + "<streaming mode='all'/>"))},
        {"GFX-COMPRESSION", false, devices(spice("<listen type='none'/>" + uncompressed))},
        {"GFX-COMPRESSION", false,
         devices(spice("<listen type='none'/>" + uncompressed +
                       "<jpeg compression='never'/><streaming mode='off'/>"))},
        {"GFX-NETWORK", true, devices(spice(uncompressed, "listen='192.0.2.1'"))},
        {"GFX-NETWORK", true, devices(spice("<zlib compression='never'/>", "listen='192.0.2.1'"))},
        {"GFX-NETWORK", true, devices(spice("<streaming mode='off'/>", "listen='192.0.2.1'"))},
        {"GFX-NETWORK", false, devices(spice("", "listen='192.0.2.1'"))},
        {"GFX-NETWORK", false,
         devices(spice("<image compression='quic'/><streaming mode='filter'/>", "listen='192.0.2.1'"))},
        {"GFX-LISTEN", true, devices(spice("", "listen='0.0.0.0'"))},
        {"GFX-LISTEN", true,
         devices("<graphics type='vnc'><listen type='address' address='::'/></graphics>")},
        {"GFX-LISTEN", false, devices(spice("", "listen='127.0.0.1'"))},
        {"GFX-LISTEN", false, devices(spice("", "listen='0.0.0.0' defaultMode='secure'"))},
        {"GFX-LISTEN", true,
         devices(spice("<channel name='main' mode='insecure'/>", "listen='0.0.0.0' defaultMode='secure'"))},
        {"DEV-QEMU-ARGS", true, arguments({"-cpu", "host"})},
        {"DEV-QEMU-ARGS", true, arguments({"-M", "hpet=off"})},
        {"DEV-QEMU-ARGS", false,
         arguments({"-device", "usb-tablet", "-object", "memory-backend-file,id=looking-glass"})},
        {"UUID-VALID", true, "<uuid>GENERATE-NEW-UUID</uuid>"},
        {"UUID-VALID", false, "<uuid>4dea22b3-1d52-d8f3-2516-782e98ab3fa0</uuid>"},
        {"DEV-RNG", true, ""},
        {"DEV-RNG", false, devices("<rng model='virtio'/>")},
        {"DEV-TPM", true, ""},
        {"DEV-TPM", true, devices("<tpm model='tpm-tis'><backend type='emulator' version='1.2'/></tpm>")},
        {"DEV-TPM", false, devices("<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>")},
        {"DEV-TPM", true, devices("<tpm model='tpm-tis'><backend type='emulator'/></tpm>")},
        {"DEV-TPM", true, devices("<tpm><backend type='emulator'/></tpm>")},
        {"DEV-TPM", false, devices("<tpm model='tpm-crb'><backend type='emulator'/></tpm>")},
        {"DEV-TPM", false, devices("<tpm><backend type='passthrough'/></tpm>")},
        {"DEV-TPM", false,
         devices("<tpm model='tpm-crb'><backend type='external'><source type='unix' "
                 "path='/run/tpm' mode='connect'/></backend></tpm>")},
        {"DEV-XHCI", true, ""},
        {"DEV-XHCI", true, devices("<controller type='usb' model='ich9-ehci1'/>")},
        {"DEV-XHCI", false, devices("<controller type='usb' model='qemu-xhci'/>")},
        {"DEV-AGENT", true, ""},
        {"DEV-AGENT", false,
         devices("<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>")},
        {"DEV-SPICE-AGENT", true, devices(spice(""))},
        {"DEV-SPICE-AGENT", true, devices(spice("") + channel("spicevmc", "org.qemu.guest_agent.0"))},
        {"DEV-SPICE-AGENT", false, devices(spice("") + channel("spicevmc", "com.redhat.spice.0"))},
        {"DEV-SPICE-AGENT", false, devices(spice("") + channel("qemu-vdagent", "com.redhat.spice.0"))},
        {"DEV-MACHINE", true, os("<type machine='pc-i440fx-8.2'>hvm</type>")},
        {"DEV-MACHINE", true, os("<type machine='q35'>hvm</type>")},
        {"DEV-MACHINE", false, os(q35)},
        {"DEV-SECUREBOOT", true, os(q35)},
        {"DEV-SECUREBOOT", true, os(q35, "firmware='efi'")},
        {"DEV-SECUREBOOT", true, os(q35 + "<loader secure='yes'>/x.fd</loader>")},
        {"DEV-SECUREBOOT", false, os(q35 + "<loader secure='yes'/>", "firmware='efi'")},
        {"DEV-SECUREBOOT", false,
         os(q35 + "<loader secure='yes'>/x.fd</loader>") + "<features><smm state='on'/></features>"},
        {"DEV-SECUREBOOT", false,
         os(q35 + "<firmware><feature enabled='yes' name='secure-boot'/></firmware>", "firmware='efi'")},
        {"PM-SUSPEND-OFF", true, ""},
        {"PM-SUSPEND-OFF", true, "<pm><suspend-to-mem enabled='no'/></pm>"},
        {"PM-SUSPEND-OFF", false, "<pm><suspend-to-mem enabled='no'/><suspend-to-disk enabled='no'/></pm>"},
        {"SMBIOS-SYSINFO", true, sysinfo},
        {"SMBIOS-SYSINFO", true, os(q35 + "<smbios mode='host'/>") + sysinfo},
        {"SMBIOS-SYSINFO", true, os(q35 + "<smbios mode='sysinfo'/>")},
        {"SMBIOS-SYSINFO", true, os(q35 + "<smbios mode='sysinfo'/>") + "<sysinfo type='fwcfg'/>"},
        {"SMBIOS-SYSINFO", false, os(q35 + "<smbios mode='sysinfo'/>") + sysinfo},
        {"SMBIOS-SYSINFO", false, os(q35 + "<smbios mode='sysinfo'/>") + "<sysinfo type='fwcfg'/>" + sysinfo},
        {"SMBIOS-HOST", true, "", ask_for_detection},
        {"SMBIOS-HOST", false, os(q35 + "<smbios mode='host'/>"), ask_for_detection}};
}

} // namespace hostlease::test
