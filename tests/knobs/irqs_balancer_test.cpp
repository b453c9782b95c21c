#include "engine/form.hpp"
#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/builders.hpp"
#include "support/world.hpp"

#include <cerrno>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string socket_path = "/run/irqbalance/irqbalance77.sock";
const std::string ban = "settings cpus ";

struct BalancedWorld : World {
    BalancedWorld()
        : World("version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = "
                "\"leave\"\n[irqs]\nbalancer = \"ban\"\n") {
        pool(1).persistent = 128;
    }

    /// The requests to irqbalance since the last call.
    std::string told() {
        std::string text;
        for (const auto& write : host.writes)
            if (const auto at = write.find(ban); at != std::string::npos)
                text += write.substr(at + ban.size()) + ";";
        host.writes.clear();
        return text;
    }

    void reconcile_quietly() {
        Call call;
        CHECK(reconcile(host, call));
        CHECK(call.report.entries.empty());
    }
};

/// The CPUs that irqbalance bans by its own settings.
std::string own_bans(FakeHost& host, const std::string& environment) {
    host.start_balancer(77, environment);
    const Knob& knob = *find_knob("irqs.balancer");
    return form_of(knob.form).read(host, unknown_record(knob, "irqbalance77.sock", socket_path)).value();
}
} // namespace

TEST_CASE("irqs.balancer bans the VM's own CPUs from every running irqbalance") {
    const Scene scene{with_pins(domain_with_memory(GiB), {{4}, {5}}), policy_with({{"irqs.balancer", "ban"}}),
                      host_with_nodes(2)};
    CHECK(
        text_of(plan_of("irqs.balancer", scene)) ==
        "/run/irqbalance/*.sock [*] = 4-5; start, best-effort; win11.toml:2:1; CPU 4-5 belongs to the VM\n");
    CHECK(combined("irqs.balancer", "", {"4-5"}) == "4-5");
    in_each_order({"4-5", "2"},
                  [](const auto& claims) { CHECK(combined("irqs.balancer", "7", claims) == "2,4-5,7"); });
}

TEST_CASE("irqbalance is sent the union, and at the end the command to use its own settings again") {
    BalancedWorld world;
    FakeVm one = make_vm(1, 64);
    FakeVm two = make_vm(2, 32, 1, "2,3");
    REQUIRE(world.libvirt.bring_up(world.host, one));
    CHECK(world.told() == "4-5;");
    REQUIRE(world.libvirt.bring_up(world.host, two));
    CHECK(world.told() == "2-5;");
    world.libvirt.bring_down(world.host, one);
    CHECK(world.told() == "2-3;");
    world.libvirt.bring_down(world.host, two);
    CHECK(world.told() == "NULL;");
}

TEST_CASE("CPUs that irqbalance bans by its own settings stay banned") {
    BalancedWorld world;
    world.host.start_balancer(77, std::string("PATH=/bin\0IRQBALANCE_BANNED_CPULIST=7\0", 39));
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.told() == "4-5,7;NULL;");
}

TEST_CASE("irqbalance is sent each request once") {
    BalancedWorld world;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    world.told();
    world.reconcile_quietly();
    CHECK(world.told() == "");
}

TEST_CASE("irqbalance is sent a request again that it may not have received") {
    BalancedWorld world;
    FakeVm vm = make_vm(1, 64);
    world.host.write_errors[socket_path] = EAGAIN; // busy
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(verify(world.host, world.ledger()).size() == 1);
    world.host.write_errors.clear();
    world.told();
    world.reconcile_quietly();
    CHECK(world.told() == "4-5;");
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.told() == "NULL;");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a restarted irqbalance is sent the request, and the old one is forgotten") {
    BalancedWorld world;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    world.host.start_balancer(99, {});
    // killed: its socket remains, and another process has its number
    world.host.files["/proc/77/comm"] = "bash\n";
    world.told();
    world.reconcile_quietly();
    CHECK(world.told() == "4-5;");
    REQUIRE(world.ledger().records.size() == 1);
    CHECK(world.ledger().records[0].target == "irqbalance99.sock");
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.told() == "NULL;");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("without irqbalance there is nothing to do") {
    BalancedWorld world;
    world.host.files.erase(socket_path);
    FakeVm vm = make_vm(1, 64);
    vm.emulator.clear(); // avoids a warning that the emulator is far from the memory
    REQUIRE(world.libvirt.call(vm, Step::prepare).report.entries.empty());
    REQUIRE(world.libvirt.call(vm, Step::start).report.entries.empty());
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("irqbalance's own bans: the mask, or else its list, or else the CPUs isolated at boot") {
    FakeHost host;
    CHECK(own_bans(host, {}) == "");
    CHECK(own_bans(host, std::string("IRQBALANCE_BANNED_CPUS=00000001,00000030\0", 42)) == "4-5,32");
    CHECK(own_bans(host, std::string("IRQBALANCE_BANNED_CPULIST=\0X=1\0", 32)) == "");
    host.files["/sys/devices/system/cpu/isolated"] = "2-3\n";
    host.files["/sys/devices/system/cpu/nohz_full"] = "  (null)\n"; // Linux 6.1 to 6.12
    CHECK(own_bans(host, {}) == "2-3");
    host.files["/sys/devices/system/cpu/nohz_full"] = "3,6\n";
    CHECK(own_bans(host, {}) == "2-3,6");
    CHECK(own_bans(host, std::string("IRQBALANCE_BANNED_CPULIST=7\0", 28)) == "7");
}

TEST_CASE("a list that irqbalance would cut short is not sent") {
    FakeHost host;
    const Knob& knob = *find_knob("irqs.balancer");
    std::string list = "0";
    for (unsigned cpu = 2; cpu < 500; cpu += 2)
        list += "," + std::to_string(cpu);
    CHECK_FALSE(form_of(knob.form).write(host, unknown_record(knob, "irqbalance77.sock", socket_path), list));
    CHECK(host.writes.empty());
    CHECK(form_of(knob.form).write(host, unknown_record(knob, "irqbalance77.sock", socket_path), "0,2"));
}
