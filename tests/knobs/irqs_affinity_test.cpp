#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/builders.hpp"
#include "support/faulty_host.hpp"
#include "support/world.hpp"

#include <cerrno>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
struct QuietWorld : World {
    QuietWorld()
        : World("version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = "
                "\"leave\"\n[irqs]\naffinity = "
                "\"housekeeping\"\n") {
        pool(1).persistent = 128;
    }

    std::string& interrupt(unsigned number) {
        return host.files["/proc/irq/" + std::to_string(number) + "/smp_affinity_list"];
    }

    bool up(FakeVm& vm) { return libvirt.bring_up(host, vm); }
    void down(FakeVm& vm) { libvirt.bring_down(host, vm); }
};

/// Entries about the knob in the report of a start.
std::string said_at_start(QuietWorld& world, FakeVm& vm) {
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    const auto outcome = world.libvirt.call(vm, Step::start);
    REQUIRE(outcome.code == ExitCode::done);
    std::string text;
    for (const auto& entry : outcome.report.entries)
        if (entry.knob == "irqs.affinity") text += entry.message + "\n";
    return text;
}
} // namespace

TEST_CASE("irqs.affinity claims that every interrupt uses the CPUs that are left") {
    const Scene scene{with_pins(domain_with_memory(GiB), {{4}, {5}}),
                      policy_with({{"irqs.affinity", "housekeeping"}}), host_with_nodes(2)};
    CHECK(text_of(plan_of("irqs.affinity", scene)) ==
          "/proc/irq/*/smp_affinity_list [*] = 0-3,6-7; start, "
          "best-effort; win11.toml:2:1; CPU 4-5 belongs to the VM\n");
}

TEST_CASE("only interrupts on the VM's CPUs are moved, and later ones through the default mask") {
    QuietWorld world;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.up(vm));
    CHECK(world.interrupt(24) == "0-3,6-7\n");
    CHECK(world.interrupt(27) == "0-3,6-7\n"); // otherwise it would have no CPU but the VM's
    CHECK(world.interrupt(28) == "0-7\n");     // unused
    CHECK(world.interrupt(29) == "2-3\n");
    CHECK(world.host.files["/proc/irq/default_smp_affinity"] == "cf\n");
    CHECK(world.ledger().records.size() == 4);
    world.down(vm);
    CHECK(world.interrupt(24) == "0-7\n");
    CHECK(world.interrupt(27) == "4\n");
    CHECK(world.host.files["/proc/irq/default_smp_affinity"] == "ff\n");
}

TEST_CASE("an admin's own mask for later interrupts stays when the VM ends, and is reported") {
    QuietWorld world;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.up(vm));
    world.host.files["/proc/irq/default_smp_affinity"] = "3\n";
    CHECK(world.reconcile_all().empty()); // it satisfies the claims
    CHECK(world.host.files["/proc/irq/default_smp_affinity"] == "3\n");
    world.down(vm);
    CHECK(world.host.files["/proc/irq/default_smp_affinity"] == "3\n");
    CHECK(world.interrupt(24) == "0-7\n");
    CHECK(world.ledger().records.empty());
}

TEST_CASE("interrupts that the kernel does not move are skipped, counted once, and not tried again") {
    for (const int error : {EIO, EPERM, ENOSPC, EBUSY, EINVAL}) {
        CAPTURE(error);
        QuietWorld world;
        world.host.write_errors["/proc/irq/27/smp_affinity_list"] = error;
        FakeVm vm = make_vm(1, 64);
        CHECK(said_at_start(world, vm) ==
              "irqs.affinity: 1 left as they are, the kernel does not move them: 27 eth0-rx-0\n");
        CHECK(world.interrupt(24) == "0-3,6-7\n");
        CHECK(verify(world.host, world.ledger()).empty());
        world.host.writes.clear();
        REQUIRE(world.libvirt.launch(vm));
        world.libvirt.call(vm, Step::started);
        CHECK(world.host.writes.empty());
        world.down(vm);
        CHECK(world.interrupt(24) == "0-7\n");
        CHECK_FALSE(world.ledger().has_records());
    }
}

TEST_CASE("an interrupt that moves only at its next occurrence is reported") {
    QuietWorld world;
    world.host.files["/proc/irq/27/effective_affinity_list"] = "4\n";
    world.host.files["/proc/irq/24/effective_affinity_list"] = "6\n";
    FakeVm vm = make_vm(1, 64);
    CHECK(said_at_start(world, vm) ==
          "irqs.affinity: 1 moved, and not in effect before their next interrupt: 27 eth0-rx-0\n");
}

TEST_CASE("an interrupt number that another driver has by then is not restored") {
    QuietWorld world;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.up(vm));
    world.host.add_interrupt(24, "nvme0q1", "0-3");
    world.down(vm);
    CHECK(world.interrupt(24) == "0-3\n");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("required interrupts refuse the VM in prepare if the host has none") {
    QuietWorld world;
    world.host.files[World::policy_file] += "enforce = \"required\"\n";
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    world.libvirt.call(vm, Step::release);
    std::erase_if(world.host.files, [](const auto& file) { return file.first.starts_with("/proc/irq/"); });
    const auto outcome = world.libvirt.call(vm, Step::prepare);
    CHECK(outcome.code == ExitCode::failed);
    CHECK(outcome.reason.find("irqs.affinity has nothing to act on") != std::string::npos);
    CHECK(world.ledger().leases.empty());
}

TEST_CASE("a driver that shares an interrupt later does not change its identity") {
    QuietWorld world;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.up(vm));
    world.host.files["/sys/kernel/irq/24/actions"] = "virtio0-req.0,snd_hda\n";
    world.down(vm);
    CHECK(world.interrupt(24) == "0-7\n");
}

TEST_CASE("an interrupt that appears while the VM runs is moved at the next reconcile, and one that "
          "disappears is restored, as the kernel keeps its mask") {
    QuietWorld world;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.up(vm));
    world.host.add_interrupt(50, "xhci_hcd", "0-7");
    world.host.files.erase("/sys/kernel/irq/27/actions");
    CHECK(verify(world.host, world.ledger()).size() == 2);
    CHECK(world.reconcile_all() == "");
    CHECK(world.interrupt(50) == "0-3,6-7\n");
    CHECK(world.interrupt(27) == "4\n");
    CHECK(verify(world.host, world.ledger()).empty());
    world.down(vm);
    CHECK(world.interrupt(50) == "0-7\n");
    CHECK(world.interrupt(27) == "4\n");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("irqbalance may choose among the CPUs that are left; an interrupt on the VM's CPUs is moved back") {
    QuietWorld world;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.up(vm));
    world.interrupt(24) = "2\n";
    world.host.writes.clear();
    CHECK(verify(world.host, world.ledger()).empty());
    CHECK(world.reconcile_all() == "");
    CHECK(world.host.writes.empty());

    world.interrupt(24) = "5\n";
    CHECK(verify(world.host, world.ledger()).size() == 1);
    CHECK(world.reconcile_all() == "");
    CHECK(world.interrupt(24) == "0-3,6-7\n");

    world.interrupt(24) = "2\n";
    CHECK(world.reconcile_all() == "");
    world.down(vm);
    CHECK(world.interrupt(24) == "0-7\n"); // the original value
}

TEST_CASE("a second VM takes its CPUs from those that the first one has left") {
    QuietWorld world;
    FakeVm one = make_vm(1, 64);
    FakeVm two = make_vm(2, 32, 1, "2,3");
    REQUIRE(world.up(one));
    world.interrupt(24) = "3\n"; // changed by irqbalance
    REQUIRE(world.up(two));
    CHECK(world.interrupt(24) == "0-1,6-7\n");
    CHECK(world.interrupt(29) == "0-1,6-7\n");
    world.down(one);
    CHECK(world.interrupt(24) == "0-1,4-7\n");
    CHECK(world.interrupt(27) == "4\n");
    world.down(two);
    CHECK(world.interrupt(24) == "0-7\n");
    CHECK(world.interrupt(29) == "2-3\n");
}

TEST_CASE("irqbalance may move an interrupt to any CPU that the VMs have left, not only to the earlier one") {
    QuietWorld world;
    FakeVm one = make_vm(1, 64);
    FakeVm two = make_vm(2, 32, 1, "2,3");
    REQUIRE(world.up(one));
    REQUIRE(world.up(two)); // moves interrupt 29 away from its CPUs
    world.down(two);
    CHECK(world.interrupt(29) == "2-3\n");
    world.interrupt(29) = "1\n";
    CHECK(verify(world.host, world.ledger()).empty());
    CHECK(world.reconcile_all() == "");
    CHECK(world.interrupt(29) == "1\n");
    world.libvirt.quit(one);
    const auto outcome = world.libvirt.call(one, Step::release);
    CHECK(outcome.report.entries.empty()); // no value of hostlease was there
    CHECK(world.interrupt(29) == "1\n");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("killed between the move of an interrupt and its record: the other VMs' interrupts are restored "
          "nevertheless") {
    QuietWorld world;
    FakeVm one = make_vm(1, 64);
    FakeVm two = make_vm(2, 32, 1, "2,3");
    REQUIRE(world.up(one));
    REQUIRE(world.libvirt.call(two, Step::prepare).code == ExitCode::done);
    FaultyHost faulty(world.host, FaultyHost::Fault::die_after, 0);
    faulty.at_change_of("/proc/irq/24/smp_affinity_list");
    CHECK_THROWS_AS(world.libvirt.call(faulty, two, Step::start), const Died&);
    CHECK(world.interrupt(24) == "0-1,6-7\n");
    world.down(two);
    CHECK(world.interrupt(24) == "0-3,6-7\n");
}

TEST_CASE("an interrupt is reported when it is refused, and not at each call") {
    QuietWorld world;
    world.host.write_errors["/proc/irq/27/smp_affinity_list"] = EIO;
    FakeVm vm = make_vm(1, 64);
    CHECK(said_at_start(world, vm).find("27 eth0-rx-0") != std::string::npos);
    REQUIRE(world.libvirt.launch(vm));
    CHECK(world.libvirt.call(vm, Step::started).report.entries.empty());
    CHECK(world.reconcile_all() == "");
}

TEST_CASE("a start on a host with many interrupts takes a few accesses for each") {
    constexpr unsigned count = 1000;
    QuietWorld world;
    for (unsigned number = 100; number < 100 + count; ++number)
        world.host.add_interrupt(number, "nvme0q" + std::to_string(number), "0-7");
    FakeVm vm = make_vm(1, 64);
    FaultyHost prepare(world.host, FaultyHost::Fault::none, 0);
    REQUIRE(world.libvirt.call(prepare, vm, Step::prepare).code == ExitCode::done);
    CHECK(prepare.accesses() < 150); // not one per interrupt
    FaultyHost start(world.host, FaultyHost::Fault::none, 0);
    REQUIRE(world.libvirt.call(start, vm, Step::start).code == ExitCode::done);
    CHECK(start.accesses() < 5 * count + 100); // name, read, write, read back, in effect
    CHECK(world.interrupt(1099) == "0-3,6-7\n");
}

TEST_CASE(
    "a host that does not list its interrupts is left alone, which is reported, and the start continues") {
    QuietWorld world;
    std::erase_if(world.host.files, [](const auto& file) { return file.first.starts_with("/proc/irq/"); });
    FakeVm vm = make_vm(1, 64);
    CHECK(said_at_start(world, vm) ==
          "irqs.affinity has nothing to act on: this host has no /proc/irq/*/smp_affinity_list\n");
    CHECK_FALSE(world.ledger().has_records());
}
