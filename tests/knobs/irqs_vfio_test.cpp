#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/builders.hpp"
#include "support/world.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
Scene scene(SettingValue value, std::vector<HostDevice> devices) {
    Domain domain = with_pins(domain_with_memory(GiB), {{4}, {5}});
    domain.host_devices = std::move(devices);
    return {std::move(domain), policy_with({{"irqs.vfio", std::move(value)}}), host_with_nodes(2)};
}

const HostDevice graphics{.address = {.domain = 0, .bus = 1, .slot = 0, .function = 0}};
const HostDevice sound{.address = {.domain = 0, .bus = 1, .slot = 0, .function = 1}};

struct DeviceWorld : World {
    explicit DeviceWorld(const std::string& irqs)
        : World("version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n[irqs]\n" +
                irqs) {
        pool(1).persistent = 128;
    }

    std::string& interrupt(unsigned number) {
        return host.files["/proc/irq/" + std::to_string(number) + "/smp_affinity_list"];
    }

    void reconcile_quietly() {
        Call call;
        CHECK(reconcile(host, call));
        CHECK(call.report.entries.empty());
    }
};
} // namespace

TEST_CASE("irqs.vfio claims the interrupts of each host device, as an open claim") {
    CHECK(text_of(plan_of("irqs.vfio", scene("pinned", {graphics, sound}))) ==
          "/proc/irq/*/smp_affinity_list [0000:01:00.0] = 4-5; started, best-effort; win11.toml:2:1; "
          "0000:01:00.0 interrupts the "
          "VM's own CPUs\n"
          "/proc/irq/*/smp_affinity_list [0000:01:00.1] = 4-5; started, best-effort; win11.toml:2:1; "
          "0000:01:00.1 interrupts the "
          "VM's own CPUs\n");
    CHECK(text_of(plan_of("irqs.vfio", scene("housekeeping", {graphics}))) ==
          "/proc/irq/*/smp_affinity_list [0000:01:00.0] = 0-3,6-7; started, best-effort; win11.toml:2:1; "
          "0000:01:00.0 interrupts "
          "the host's CPUs\n");
    CHECK(text_of(plan_of("irqs.vfio", scene("leave", {graphics}))) == "");
    CHECK(text_of(plan_of("irqs.vfio", scene("pinned", {}))) ==
          "win11.toml:2:1: warning: irqs.vfio has no effect: the domain has no PCI host devices\n");
}

TEST_CASE("irqs.vfio resolves to the current interrupts of its own device") {
    const Knob& knob = *find_knob("irqs.vfio");
    const Claim open = plan_of("irqs.vfio", scene("pinned", {graphics})).claims.at(0);
    RunningFacts running;
    running.interrupts = {{40, "40 vfio-msix[0](0000:01:00.0)", "0000:01:00.0"},
                          {41, "41 vfio-msix[0](0000:02:00.0)", "0000:02:00.0"}};
    const auto claims = knob.resolve(open, running);
    REQUIRE(claims.size() == 1);
    CHECK(text_of(claims[0]) ==
          "/proc/irq/40/smp_affinity_list [40 vfio-msix[0](0000:01:00.0)] = 4-5; started, best-effort; "
          "win11.toml:2:1; 0000:01:00.0 interrupts the VM's own CPUs\n");
    CHECK(knob.resolve(open, {}).empty());
}

TEST_CASE(
    "a device's interrupts belong to irqs.vfio if the policy uses it, and all others to irqs.affinity") {
    DeviceWorld world("vfio = \"pinned\"\naffinity = \"housekeeping\"\n");
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(world.interrupt(40) == "4-5\n");
    CHECK(world.interrupt(24) == "0-3,6-7\n");
    CHECK(verify(world.host, world.ledger()).empty());
    world.host.writes.clear();
    world.reconcile_quietly();
    CHECK(world.host.writes.empty());
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.interrupt(24) == "0-7\n");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE(
    "vectors that the guest's driver sets up later are found at the next reconcile, and disappear silently") {
    DeviceWorld world("vfio = \"pinned\"\n");
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    world.host.add_interrupt(41, "vfio-msix[1](0000:01:00.0)", "0-7");
    world.host.add_interrupt(42, "vfio-msix[0](0000:02:00.0)", "0-7"); // belongs to another VM
    world.host.files["/sys/bus/pci/devices/0000:01:00.0/msi_irqs/41"] = "msix\n";
    world.reconcile_quietly();
    CHECK(world.interrupt(41) == "4-5\n");
    CHECK(world.interrupt(42) == "0-7\n");
    std::erase_if(world.host.files, [](const auto& file) {
        return file.first.starts_with("/proc/irq/4") || file.first.starts_with("/sys/kernel/irq/4");
    });
    world.reconcile_quietly();
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a device without MSI has its interrupt line, which may belong to VFIO") {
    DeviceWorld world("vfio = \"pinned\"\n");
    world.host.files.erase("/sys/bus/pci/devices/0000:01:00.0/msi_irqs/40");
    world.host.files["/sys/bus/pci/devices/0000:01:00.0/irq"] = "16\n";
    world.host.add_interrupt(16, "snd_hda_intel", "0-7");
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(world.interrupt(16) == "0-7\n");
    world.host.add_interrupt(16, "vfio-intx(0000:01:00.0)", "0-7");
    world.reconcile_quietly();
    CHECK(world.interrupt(16) == "4-5\n");
}
