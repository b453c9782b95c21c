// Other features of the hypervisor.
#include "advice/audit/elements.hpp"
#include "advice/audit/rule.hpp"

namespace hostlease {

namespace {
constexpr std::string_view libvirt = "https://libvirt.org/formatdomain.html#hypervisor-features";

void check_hidden(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const bool is_hidden = attribute(find(input.root, "features/kvm/hidden"), "state") == "on";
    if (input.guest == Guest::linux && is_hidden)
        return outcome.fail(
            {.line = line_of(input.root, "features/kvm/hidden"),
             .found = "KVM is hidden from a Linux guest",
             .wanted = "remove <hidden>: with it, the guest uses neither kvmclock nor paravirtual spinlocks",
             .severity = Severity::warning});
    const bool may_look_for_it = input.guest == Guest::windows || input.guest == Guest::unknown;
    if (is_hidden || !may_look_for_it) return;
    if (input.symptom != "vm-detection")
        return outcome.skip(
            "optional: only for software that refuses to run in a VM (--symptom vm-detection)");
    outcome.fail({.line = line_of(input.root, "features/kvm/hidden"),
                  .found = "KVM is not hidden",
                  .wanted = "<hidden state='on'/>",
                  .xml = nested({"features", "kvm"}, "<hidden state='on'/>")});
}

/// Only i440FX, q35 and isapc have the port. Source: virQEMUCapsSupportsVmport of
/// src/qemu/qemu_capabilities.c (libvirt 9.0), "vmport is not available with this QEMU binary".
void check_vmport(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (input.domain.machine == "microvm") return outcome.skip("this machine has no VMware port");
    if (attribute(find(input.root, "features/vmport"), "state") == "off") return;
    outcome.fail({.line = line_of(input.root, "features/vmport"),
                  .found = "VMware's I/O port is emulated",
                  .wanted = "<vmport state='off'/>",
                  .xml = nested({"features"}, "<vmport state='off'/>")});
}

void check_ioapic(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (attribute(find(input.root, "features/ioapic"), "driver") != "qemu") return;
    // QEMU's default is on beside its own I/O APIC. Source: x86_iommu_realize, hw/i386/x86-iommu.c (QEMU 7.2)
    const auto iommu = find(input.root, "devices/iommu");
    const auto model = attribute(iommu, "model");
    if ((model == "intel" || model == "amd") && attribute(find(iommu, "driver"), "intremap") != "off")
        return outcome.skip("the emulated IOMMU remaps interrupts, which requires QEMU's I/O APIC");
    // Source: tdx_kvm_init of target/i386/kvm/tdx.c (QEMU 10.1), "TDX VM requires kernel_irqchip to be split"
    if (attribute(find(input.root, "launchSecurity"), "type") == "tdx")
        return outcome.skip("a TDX guest always uses QEMU's I/O APIC");
    outcome.fail({.line = line_of(input.root, "features/ioapic"),
                  .found = "QEMU emulates the I/O APIC",
                  .wanted = "<ioapic driver='kvm'/> or no <ioapic>",
                  .xml = nested({"features"}, "<ioapic driver='kvm'/>")});
}

constexpr Rule rules[] = {
    {.id = "KVM-HIDDEN",
     .group = RuleGroup::features,
     .severity = Severity::note,
     .needs = kvm | x86,
     .why = "Some drivers and games look for KVM's signature in CPUID. Hiding it does not improve speed and "
            "slows down a Linux guest.",
     .symptom = "some software refuses to run in a VM",
     .source = libvirt,
     .check = check_hidden},
    {.id = "VMPORT-OFF",
     .group = RuleGroup::features,
     .severity = Severity::note,
     .needs = x86,
     .why = "No guest needs VMware's port under KVM, and guests that probe the port detect the wrong "
            "hypervisor.",
     .symptom = "the mouse pointer jumps; software mistakes the VM for a VMware one",
     .source = libvirt,
     .check = check_vmport},
    {.id = "IOAPIC-KVM",
     .group = RuleGroup::features,
     .severity = Severity::note,
     .needs = kvm | x86,
     .why = "With QEMU's I/O APIC, each interrupt passes through QEMU. Under KVM, libvirt's default is the "
            "faster I/O APIC of the kernel. Only an emulated IOMMU that remaps interrupts needs QEMU's.",
     .symptom = "emulated devices have slow interrupts",
     .source = libvirt,
     .check = check_ioapic}};
} // namespace

std::span<const Rule> feature_rules() { return rules; }

} // namespace hostlease
