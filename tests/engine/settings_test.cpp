// Settings that appear and disappear with others, that bound each other, or that are asleep with their CPU.
#include "core/parse.hpp"
#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/world.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string queue = "/sys/block/sda/queue/";
const std::string ratios = "/sys/class/bdi/8:0/";
const std::string policy4 = "/sys/devices/system/cpu/cpufreq/policy4/";

std::string policy_of(const std::string& tables, const std::string& domain = "vm*") {
    return "version = 1\n[match]\ndomain = \"" + domain + "\"\n[hugepages]\nreserve = \"leave\"\n" + tables;
}

std::string sysfs(const std::string& path, const std::string& value, bool is_required = true) {
    return "[[sysfs]]\npath = \"" + path + "\"\nvalue = \"" + value + "\"\n" +
           (is_required ? "enforce = \"required\"\n" : "");
}

std::string scheduler(const std::string& name) {
    return "[storage]\nscheduler = \"" + name + "\"\nenforce = \"required\"\n";
}

struct SettingsWorld : World {
    FakeVm one = make_vm(1, 64);
    FakeVm two = make_vm(2, 32);

    explicit SettingsWorld(const std::string& text) : World(text) {
        pool(1).persistent = 128;
        host.tune_by_hand();
        host.files[queue + "iosched/async_depth"] = "33\n";
        host.files[ratios + "min_ratio"] = "30\n";
        host.files[ratios + "max_ratio"] = "50\n";
    }

    std::string value(const std::string& path) { return std::string(trim(host.read(path).value())); }
};
} // namespace

TEST_CASE(
    "a setting of a scheduler that one VM switches, changed by another VM: it is restored in any order") {
    for (const std::string file : {"nr_requests", "iosched/read_expire"})
        for (const bool scheduler_first : {false, true})
            for (const bool first_ends_first : {false, true}) {
                CAPTURE(file);
                CAPTURE(scheduler_first);
                CAPTURE(first_ends_first);
                // the file does not exist for the second VM
                if (scheduler_first && file != "nr_requests") continue;
                const std::string tuned = sysfs(queue + file, "40");
                SettingsWorld world(policy_of(scheduler_first ? scheduler("none") : tuned, "vm1"));
                world.host.files["/etc/hostlease/two.toml"] =
                    policy_of(scheduler_first ? tuned : scheduler("none"), "vm2");
                const auto before = world.host.snapshot();
                REQUIRE(world.libvirt.bring_up(world.host, world.one));
                REQUIRE(world.libvirt.bring_up(world.host, world.two));
                world.libvirt.bring_down(world.host, first_ends_first ? world.one : world.two);
                world.libvirt.bring_down(world.host, first_ends_first ? world.two : world.one);
                CHECK(difference(before, world.host.snapshot()) == "");
                CHECK_FALSE(world.ledger().has_records());
            }
}

TEST_CASE(
    "a setting of the policy's own scheduler is set in the same call, and disappears with the scheduler") {
    for (const bool is_required : {true, false}) {
        SettingsWorld world(
            policy_of(scheduler("bfq") + sysfs(queue + "iosched/slice_idle", "0", is_required)));
        const auto before = world.host.snapshot();
        REQUIRE(world.libvirt.bring_up(world.host, world.one));
        CHECK(world.value(queue + "iosched/slice_idle") == "0");
        CHECK(verify(world.host, world.ledger()).empty());
        world.libvirt.bring_down(world.host, world.one);
        CHECK(difference(before, world.host.snapshot()) == "");
        CHECK_FALSE(world.ledger().has_records());
    }
    // kyber has no such setting
    SettingsWorld world(policy_of(scheduler("kyber") + sysfs(queue + "iosched/slice_idle", "0")));
    const auto before = world.host.snapshot();
    CHECK_FALSE(world.libvirt.bring_up(world.host, world.one));
    world.libvirt.call(world.one, Step::release);
    CHECK(difference(before, world.host.snapshot()) == "");
}

TEST_CASE("settings that bound each other move past each other and back, of one VM and of two") {
    for (const std::string move : {"5 10", "70 95"})
        for (const bool is_of_two : {false, true}) {
            CAPTURE(move);
            CAPTURE(is_of_two);
            const std::string minimum =
                sysfs(ratios + "min_ratio", move.substr(0, move.find(' ')), !is_of_two);
            const std::string maximum =
                sysfs(ratios + "max_ratio", move.substr(move.find(' ') + 1), !is_of_two);
            SettingsWorld world(
                policy_of(is_of_two ? minimum : maximum + minimum, is_of_two ? "vm1" : "vm*"));
            if (is_of_two) world.host.files["/etc/hostlease/two.toml"] = policy_of(maximum, "vm2");
            const auto before = world.host.snapshot();
            REQUIRE(world.libvirt.bring_up(world.host, world.one));
            if (is_of_two) REQUIRE(world.libvirt.bring_up(world.host, world.two));
            CHECK(world.value(ratios + "min_ratio") + " " + world.value(ratios + "max_ratio") == move);
            CHECK(verify(world.host, world.ledger()).empty());
            world.libvirt.bring_down(world.host, world.one);
            if (is_of_two) world.libvirt.bring_down(world.host, world.two);
            CHECK(difference(before, world.host.snapshot()) == "");
            CHECK_FALSE(world.ledger().has_records());
        }
}

TEST_CASE("a target that is asleep with its CPU fails no release: it is reported, stays on record, and "
          "returns with the CPU") {
    SettingsWorld world(policy_of("[power]\ngovernor = \"performance\"\nmin_frequency = \"2GHz\"\n"));
    const auto before = world.host.snapshot();
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    world.host.set_online({0, 1, 2, 3, 5, 6, 7});
    world.libvirt.quit(world.one);
    const auto outcome = world.libvirt.call(world.one, Step::release);
    CHECK(outcome.code == ExitCode::done);
    std::string said;
    for (const auto& entry : outcome.report.entries)
        said += entry.message + "\n";
    CHECK(said.find(policy4 + "scaling_governor sleeps, as CPU 4 is offline") != std::string::npos);
    CHECK_FALSE(verify(world.host, world.ledger()).empty());
    world.host.set_online({0, 1, 2, 3, 4, 5, 6, 7});
    Call call;
    CHECK(reconcile(world.host, call));
    CHECK(difference(before, world.host.snapshot()) == "");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a file that is missing while its CPU is offline is asleep, and a file of a removed CPU is gone") {
    const std::string bias = "/sys/devices/system/cpu/cpu4/power/energy_perf_bias";
    for (const bool is_removed : {false, true}) {
        CAPTURE(is_removed);
        SettingsWorld world(policy_of(sysfs(bias, "0")));
        world.host.files[bias] = "6\n";
        world.host.files["/sys/devices/system/cpu/present"] = "0-7\n";
        const auto before = world.host.snapshot();
        REQUIRE(world.libvirt.bring_up(world.host, world.one));
        world.host.set_online({0, 1, 2, 3, 5, 6, 7});
        auto file = world.host.files.extract(bias);
        if (is_removed) world.host.files["/sys/devices/system/cpu/present"] = "0-3,5-7\n";
        world.libvirt.quit(world.one);
        CHECK(world.libvirt.call(world.one, Step::release).code == ExitCode::done);
        CHECK(world.ledger().records.empty() == is_removed);
        CHECK(verify(world.host, world.ledger()).empty() == is_removed);
        if (is_removed) continue;
        world.host.set_online({0, 1, 2, 3, 4, 5, 6, 7});
        world.host.files.insert(std::move(file));
        Call call;
        CHECK(reconcile(world.host, call));
        CHECK(difference(before, world.host.snapshot()) == "");
        CHECK(world.ledger().records.empty());
    }
}

TEST_CASE("targets that were asleep while a policy had their CPU offline are restored in the call that "
          "brings the CPU back") {
    const std::string online = "/sys/devices/system/cpu/cpu4/online";
    const std::string governor = "[power]\ngovernor = \"performance\"\nmin_frequency = \"2GHz\"\n";
    for (const bool is_of_two : {false, true}) {
        CAPTURE(is_of_two);
        const std::string offline = sysfs(online, "0");
        SettingsWorld world(policy_of(is_of_two ? governor : governor + offline, is_of_two ? "vm1" : "vm*"));
        world.host.files[online] = "1\n";
        if (is_of_two) world.host.files["/etc/hostlease/two.toml"] = policy_of(offline, "vm2");
        const auto before = world.host.snapshot();
        REQUIRE(world.libvirt.bring_up(world.host, world.one));
        if (is_of_two) REQUIRE(world.libvirt.bring_up(world.host, world.two));
        CHECK(world.value("/sys/devices/system/cpu/online") == "0-3,5-7");
        world.libvirt.bring_down(world.host, world.one);
        if (is_of_two) world.libvirt.bring_down(world.host, world.two);
        CHECK(difference(before, world.host.snapshot()) == "");
        CHECK(world.ledger().records.empty());
    }
}

TEST_CASE("a number that two files show is restored, whichever of them two VMs write, in any order") {
    const std::string sysctl = "/proc/sys/vm/nr_overcommit_hugepages";
    const std::string file = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_overcommit_hugepages";
    for (const bool sysctl_first : {false, true})
        for (const bool first_ends_first : {false, true}) {
            CAPTURE(sysctl_first);
            CAPTURE(first_ends_first);
            SettingsWorld world(policy_of(sysfs(sysctl_first ? sysctl : file, "5", false), "vm1"));
            world.host.files["/etc/hostlease/two.toml"] =
                policy_of(sysfs(sysctl_first ? file : sysctl, "7", false), "vm2");
            world.host.files[sysctl] = world.host.files[file] = "0\n";
            const auto before = world.host.snapshot();
            REQUIRE(world.libvirt.bring_up(world.host, world.one));
            REQUIRE(world.libvirt.bring_up(world.host, world.two));
            world.libvirt.bring_down(world.host, first_ends_first ? world.one : world.two);
            world.libvirt.bring_down(world.host, first_ends_first ? world.two : world.one);
            CHECK(difference(before, world.host.snapshot()) == "");
            CHECK(world.ledger().records.empty());
        }
}

TEST_CASE("a preference that is written as a number may read as the driver's word for it") {
    for (const std::string number : {"128", "192", "100"}) {
        CAPTURE(number);
        SettingsWorld world(
            policy_of("[power]\nenergy_performance = " + number + "\nenforce = \"required\"\n"));
        world.host.keeps_preference = true;
        const std::string preference = policy4 + "energy_performance_preference";
        world.host.files[preference] = "power\n";
        const auto before = world.host.snapshot();
        REQUIRE(world.libvirt.bring_up(world.host, world.one));
        CHECK(world.host.files[preference] == number + "\n");
        CHECK(verify(world.host, world.ledger()).empty());
        world.libvirt.bring_down(world.host, world.one);
        CHECK(difference(before, world.host.snapshot()) == "");
        CHECK(world.ledger().records.empty());
    }
}

TEST_CASE("an interrupt that its driver renames, or frees and requests, gets back the CPUs that it was bound "
          "to by hand") {
    for (const bool is_requested_anew : {false, true}) {
        SettingsWorld world(policy_of("[irqs]\naffinity = \"housekeeping\"\n"));
        world.host.add_interrupt(50, "eth0-rx-0", "4");
        REQUIRE(world.libvirt.bring_up(world.host, world.one));
        REQUIRE(world.value("/proc/irq/50/smp_affinity_list") == "0-3,6-7");
        if (is_requested_anew) {
            world.host.close_interrupt(50);
            world.host.open_interrupt(50, "enp3s0-rx-0");
        } else {
            world.host.files["/sys/kernel/irq/50/actions"] = "enp3s0-rx-0\n";
        }
        Call call;
        CHECK(reconcile(world.host, call));
        CHECK(world.value("/proc/irq/50/smp_affinity_list") == "0-3,6-7");
        world.libvirt.bring_down(world.host, world.one);
        CHECK(world.value("/proc/irq/50/smp_affinity_list") == "4");
        CHECK_FALSE(world.ledger().has_records());
    }
}

TEST_CASE("smt/control accepts no word that a write cannot undo") {
    const std::string control = "/sys/devices/system/cpu/smt/control";
    SettingsWorld world(policy_of(sysfs(control, "forceoff", false)));
    world.host.files[control] = "on\n";
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    CHECK(world.value(control) == "on");
}
