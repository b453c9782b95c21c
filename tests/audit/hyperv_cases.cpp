// Hyper-V enlightenments and other features.
#include "audit/cases.hpp"

namespace hostlease::test {

namespace {
std::string hyperv(const std::string& inside) {
    return "<features><hyperv mode='custom'>" + inside + "</hyperv></features>";
}
std::string features(const std::string& inside) { return "<features>" + inside + "</features>"; }

void ask_for_detection(AuditScene& scene) { scene.symptom = "vm-detection"; }
void amd(AuditScene& scene) { scene.vendor = CpuVendor::amd; }
void old_libvirt(AuditScene& scene) { scene.libvirt_version = 9'000'000; }

std::string metadata(const std::string& id) {
    return "<metadata><l:libosinfo xmlns:l='http://libosinfo.org/xmlns/libvirt/domain/1.0'><l:os id='" + id +
           "'/></l:libosinfo></metadata>";
}
} // namespace

std::vector<AuditCase> hyperv_cases() {
    std::vector<AuditCase> cases = {
        {"HV-SPINLOCKS", false, hyperv("<spinlocks state='on' retries='8191'/>")},
        {"HV-SPINLOCKS", false, hyperv("<spinlocks state='on' retries='4095'/>")},
        {"HV-SPINLOCKS", true, hyperv("<spinlocks state='on' retries='4094'/>")},
        {"HV-SPINLOCKS", true, hyperv("<spinlocks state='off'/>")},
        {"HV-VENDOR-ID", false, hyperv("<vendor_id state='on' value='KVM Hv'/>")},
        {"HV-VENDOR-ID", true, hyperv("<vendor_id state='on' value='thirteen char'/>")},
        {"HV-VENDOR-ID", true, hyperv("")},
        {"HV-EVMCS", true, hyperv("")},
        {"HV-EVMCS", false, hyperv("<evmcs state='on'/>")},
        {"HV-EVMCS", true, hyperv("<evmcs state='on'/>"), amd},
        {"HV-STIMER-DIRECT", true, hyperv("<stimer state='on'/>")},
        {"HV-STIMER-DIRECT", false, hyperv("<stimer state='on'><direct state='on'/></stimer>")},
        {"HV-PASSTHROUGH", true,
         features("<hyperv mode='passthrough'><relaxed state='on'/><synic state='off'/></hyperv>")},
        {"HV-PASSTHROUGH", false, features("<hyperv mode='passthrough'/>")},
        {"HV-DEPENDENCIES", true, hyperv("<synic state='on'/>")},
        {"HV-DEPENDENCIES", false, hyperv("<synic state='on'/><vpindex state='on'/>")},
        {"HV-DEPENDENCIES", true, hyperv("<stimer state='on'/><synic state='on'/><vpindex state='on'/>")},
        {"HV-DEPENDENCIES", false,
         hyperv("<stimer state='on'/><synic state='on'/><vpindex state='on'/>") +
             "<clock offset='localtime'><timer name='hypervclock' present='yes'/></clock>"},
        {"HV-DEPENDENCIES", true, hyperv("<tlbflush state='on'/>")},
        {"HV-DEPENDENCIES", true, hyperv("<ipi state='on'/>")},
        {"HV-DEPENDENCIES", true, hyperv("<evmcs state='on'/>")},
        {"HV-DEPENDENCIES", false, hyperv("<evmcs state='on'/><vapic state='on'/>")},
        {"HV-NEWER", true, hyperv("")},
        {"HV-NEWER", false,
         hyperv("<emsr_bitmap state='on'/><xmm_input state='on'/><tlbflush state='on'><direct "
                "state='on'/><extended state='on'/>"
                "</tlbflush>")},
        {"HV-NEWER", true, hyperv(""),
         [](AuditScene& scene) {
             old_libvirt(scene);
             scene.libvirt_version = 8'010'000;
             scene.host.files["/sys/module/kvm_amd/parameters/avic"] = "Y";
         }},
        {"HV-NEWER", true, hyperv("<emsr_bitmap state='on'/>"),
         [](AuditScene& scene) { scene.libvirt_version = 10'007'000; }},
        {"HV-NEWER", false, hyperv("<emsr_bitmap state='on'/><xmm_input state='on'/>"),
         [](AuditScene& scene) { scene.libvirt_version = 10'010'000; }}, // supports no other of them
        {"HV-NEWER", true, hyperv("<emsr_bitmap state='on'/><xmm_input state='on'/>"),
         [](AuditScene& scene) { scene.libvirt_version = 11'000'000; }},
        {"HV-LEGACY", true, metadata("http://microsoft.com/win/7") + hyperv("<synic state='on'/>")},
        {"HV-LEGACY", false, metadata("http://microsoft.com/win/7") + hyperv("<relaxed state='on'/>")},
        {"KVM-HIDDEN", true, features(""), ask_for_detection},
        {"KVM-HIDDEN", true,
         metadata("http://debian.org/debian/12") + features("<kvm><hidden state='on'/></kvm>")},
        {"KVM-HIDDEN", false, features("<kvm><hidden state='on'/></kvm>"), ask_for_detection},
        {"VMPORT-OFF", true, features("")},
        {"VMPORT-OFF", true, features("<vmport state='on'/>")},
        {"VMPORT-OFF", false, features("<vmport state='off'/>")},
        {"IOAPIC-KVM", true, features("<ioapic driver='qemu'/>")},
        {"IOAPIC-KVM", false, features("<ioapic driver='kvm'/>")},
        {"IOAPIC-KVM", true,
         features("<ioapic driver='qemu'/>") +
             "<devices><iommu model='intel'><driver intremap='off'/></iommu></devices>"},
        {"IOAPIC-KVM", false, features("")}};
    constexpr std::pair<const char*, const char*> plain[] = {{"HV-RELAXED", "relaxed"},
                                                             {"HV-VAPIC", "vapic"},
                                                             {"HV-VPINDEX", "vpindex"},
                                                             {"HV-RUNTIME", "runtime"},
                                                             {"HV-SYNIC", "synic"},
                                                             {"HV-STIMER", "stimer"},
                                                             {"HV-RESET", "reset"},
                                                             {"HV-FREQUENCIES", "frequencies"},
                                                             {"HV-TLBFLUSH", "tlbflush"},
                                                             {"HV-IPI", "ipi"},
                                                             {"HV-REENLIGHTENMENT", "reenlightenment"}};
    for (const auto& [id, name] : plain) {
        cases.push_back({id, true, ""});
        cases.push_back({id, true, hyperv("<" + std::string(name) + " state='off'/>")});
        cases.push_back({id, false, hyperv("<" + std::string(name) + " state='on'/>")});
        cases.push_back({id, false, "<features><hyperv mode='passthrough'/></features>"});
    }
    return cases;
}

} // namespace hostlease::test
