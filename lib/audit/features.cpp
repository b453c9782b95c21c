// Other features of the hypervisor.
#include "audit/elements.hpp"
#include "audit/rule.hpp"

namespace hostlease {

namespace {
constexpr std::string_view libvirt = "https://libvirt.org/formatdomain.html#hypervisor-features";

void check_hidden(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const bool is_hidden = attribute(find(input.root, "features/kvm/hidden"), "state") == "on";
    if (input.guest == Guest::linux && is_hidden)
        return outcome.fail({.line = line_of(input.root, "features/kvm/hidden"),
                             .found = "KVM is hidden from a Linux guest",
                             .wanted = "take <hidden> out: the guest finds neither kvmclock nor paravirtual spinlocks",
                             .severity = Severity::warning});
    const bool may_look_for_it = input.guest == Guest::windows || input.guest == Guest::unknown;
    if (is_hidden || !may_look_for_it) return;
    if (input.symptom != "vm-detection")
        return outcome.skip("optional: only for software that refuses to run in a VM (--symptom vm-detection)");
    outcome.fail({.line = line_of(input.root, "features/kvm/hidden"),
                  .found = "KVM is not hidden",
                  .wanted = "<hidden state='on'/>",
                  .xml = nested({"features", "kvm"}, "<hidden state='on'/>")});
}

void check_vmport(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (attribute(find(input.root, "features/vmport"), "state") == "off") return;
    outcome.fail({.line = line_of(input.root, "features/vmport"),
                  .found = "VMware's I/O port is emulated",
                  .wanted = "<vmport state='off'/>",
                  .xml = nested({"features"}, "<vmport state='off'/>")});
}

void check_ioapic(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (attribute(find(input.root, "features/ioapic"), "driver") != "qemu") return;
    if (attribute(find(input.root, "devices/iommu/driver"), "intremap") == "on")
        return outcome.skip("the emulated IOMMU remaps interrupts, which QEMU's I/O APIC has to do");
    outcome.fail({.line = line_of(input.root, "features/ioapic"),
                  .found = "the I/O APIC is QEMU's",
                  .wanted = "<ioapic driver='kvm'/>, or no <ioapic> at all",
                  .xml = nested({"features"}, "<ioapic driver='kvm'/>")});
}

constexpr Rule rules[] = {
    {.id = "KVM-HIDDEN",
     .group = RuleGroup::features,
     .severity = Severity::note,
     .needs = kvm | x86,
     .why = "Some drivers and games look for KVM's name in CPUID. It gains no speed, and a Linux guest loses by it.",
     .symptom = "software that refuses to run in a VM",
     .source = libvirt,
     .check = check_hidden},
    {.id = "VMPORT-OFF",
     .group = RuleGroup::features,
     .severity = Severity::note,
     .needs = x86,
     .why = "VMware's port serves nobody here, and guests that look for it see another hypervisor.",
     .symptom = "a mouse that jumps; software that takes the VM for VMware's",
     .source = libvirt,
     .check = check_vmport},
    {.id = "IOAPIC-KVM",
     .group = RuleGroup::features,
     .severity = Severity::note,
     .needs = kvm | x86,
     .why = "QEMU's I/O APIC costs a way through QEMU for each interrupt. libvirt's default under KVM is KVM's, so that nothing "
            "needs "
            "to be written; only an emulated IOMMU that remaps interrupts needs QEMU's.",
     .symptom = "slow interrupts of emulated devices",
     .source = libvirt,
     .check = check_ioapic}};
} // namespace

std::span<const Rule> feature_rules() { return rules; }

} // namespace hostlease
