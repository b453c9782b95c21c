#include "knobs/parts/combine.hpp"
#include "knobs/parts/isolation.hpp"
#include "knobs/parts/pinned.hpp"

namespace hostlease {

extern const Knob knob_irqs_vfio;

namespace {
constexpr std::string_view words[] = {"pinned", "housekeeping"};
constexpr KeySpec keys[] = {{.key = "irqs.vfio",
                             .words = words,
                             .summary = "CPUs that handle the interrupts of the domain's PCI host devices",
                             .example = "\"pinned\""}};
constexpr std::string_view open_path = "/proc/irq/*/smp_affinity_list";

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr) return;
    if (input.domain.host_devices.empty())
        return plan.notes.warning(setting->position,
                                  "irqs.vfio has no effect: the domain has no PCI host devices", {});
    const bool is_pinned = setting->plain() == "pinned";
    auto claim = claim_cpus_left(input, keys[0].key, Phase::started, plan);
    if (!claim) return;
    const CpuSet quiet = quiet_cpus(input);
    for (const auto& device : input.domain.host_devices) {
        const std::string name = to_text(device.address);
        claim->target = AwaitsQemu{name, std::string(open_path)};
        claim->why = name + (is_pinned ? " interrupts the VM's own CPUs" : " interrupts the host's CPUs");
        if (is_pinned) claim->value = to_list(quiet);
        plan.claims.push_back(*claim);
    }
}

/// The guest's driver may set up more interrupts at any time, so the next call may find more.
std::vector<Claim> resolve(const Claim& open, const RunningFacts& running) {
    std::vector<Claim> claims;
    for (const auto& interrupt : running.interrupts) {
        if (interrupt.device != open.name()) continue;
        claims.push_back(open);
        claims.back().target = FileTarget{interrupt.name, "/proc/irq/" + std::to_string(interrupt.number) +
                                                              "/smp_affinity_list"};
    }
    return claims;
}
} // namespace

constinit const Knob knob_irqs_vfio{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::started,
    .form = KnobForm::interrupt,
    .combine = each_its_own,
    .paths = {}, // those of irqs.affinity
    .source = "drivers/vfio/pci/vfio_pci_intrs.c, 6.1 and 6.12: vfio-intx(DEVICE), vfio-msi[N](DEVICE), "
              "vfio-msix[N](DEVICE)",
    .plan = plan,
    .exactness = Exactness::where_possible,
    .resolve = resolve,
    .may_become = becomes_within,
    .serves = serves_within,
};

} // namespace hostlease
