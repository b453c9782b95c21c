// Files that the kernel changes by itself when another is written: they are restored after it, and an admin's
// own changes stay.
#include "engine/apply.hpp"
#include "engine/operations.hpp"
#include "engine/policy_store.hpp"
#include "engine/verify.hpp"
#include "read/domain_xml.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string cpufreq = "/sys/devices/system/cpu/cpufreq/policy4/";
const std::string preference = cpufreq + "energy_performance_preference";
const std::string maximum = cpufreq + "scaling_max_freq";

std::string policy_of(const std::string& tables, const std::string& domain = "vm*") {
    return "version = 1\n[match]\ndomain = \"" + domain + "\"\n[hugepages]\nreserve = \"leave\"\n" + tables;
}

std::string sysfs(const std::string& path, const std::string& value) {
    return "[[sysfs]]\npath = \"" + path + "\"\nvalue = " + value + "\n";
}

struct TunedWorld : World {
    FakeVm vm = make_vm(1, 64);

    explicit TunedWorld(const std::string& tables) : World(policy_of(tables)) {
        pool(1).persistent = 128;
        host.tune_by_hand();
    }

    std::string value(const std::string& path) {
        const std::string text = host.read(path).value();
        return text.substr(0, text.size() - 1);
    }

    bool mentions(const std::string& path) {
        const auto ledger = this->ledger();
        return std::any_of(ledger.records.begin(), ledger.records.end(),
                           [&](const auto& one) { return one.path == path; });
    }
};
} // namespace

TEST_CASE("a preference leased after a governor is restored to the value before the governor") {
    for (const bool keeps_preference : {false, true}) {
        TunedWorld world("[power]\ngovernor = \"performance\"\n");
        world.host.keeps_preference = keeps_preference;
        const auto before = world.host.snapshot();
        REQUIRE(world.libvirt.bring_up(world.host, world.vm));
        CHECK(world.value(preference) == "performance");
        world.host.files[World::policy_file] =
            policy_of("[power]\nenergy_performance = \"balance_performance\"\n");
        FakeVm other = make_vm(2, 32);
        REQUIRE(world.libvirt.bring_up(world.host, other)); // while the first VM's governor decides
        world.libvirt.bring_down(world.host, world.vm);
        CHECK(world.value(preference) == "balance_performance");
        CHECK(verify(world.host, world.ledger()).empty());
        world.libvirt.bring_down(world.host, other);
        world.host.files[World::policy_file] = policy_of("[power]\ngovernor = \"performance\"\n");
        CHECK(difference(before, world.host.snapshot()) == "");
    }
}

TEST_CASE("a maximum of \"max\" is the hardware's limit with the policy's boost") {
    TunedWorld world("[power]\nboost = true\nmax_frequency = \"max\"\n");
    const auto before = world.host.snapshot();
    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    CHECK(world.value(maximum) == "4200000");
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.bring_down(world.host, world.vm);
    CHECK(difference(before, world.host.snapshot()) == "");
}

TEST_CASE("a minimum leased under another VM's lower maximum is restored to the host's own") {
    World world(policy_of("[power]\nmax_frequency = \"1GHz\"\n", "vm1"));
    world.host.files["/etc/hostlease/two.toml"] = policy_of("[power]\nmin_frequency = \"900MHz\"\n", "vm2");
    world.host.files[cpufreq + "scaling_min_freq"] = "2000000\n";
    world.pool(1).persistent = 128;
    const auto before = world.host.snapshot();
    FakeVm one = make_vm(1, 64);
    FakeVm two = make_vm(2, 32);
    REQUIRE(world.libvirt.bring_up(world.host, one));
    REQUIRE(world.libvirt.bring_up(world.host, two));
    world.libvirt.bring_down(world.host, one);
    world.libvirt.bring_down(world.host, two);
    CHECK(difference(before, world.host.snapshot()) == "");
}

TEST_CASE("two files that set one thing are restored through the one that the kernel accepts") {
    TunedWorld world(sysfs("/proc/sys/vm/dirty_bytes", "1048576"));
    const auto before = world.host.snapshot();
    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    CHECK(world.value("/proc/sys/vm/dirty_ratio") == "0");
    world.libvirt.quit(world.vm);
    // the file refuses 0, which results from a write to the ratio
    CHECK(world.libvirt.call(world.vm, Step::release).code == ExitCode::done);
    CHECK(difference(before, world.host.snapshot()) == "");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("two VMs that each set one of a pair leave it unchanged, whichever ends first") {
    for (const int variant : {0, 1, 2, 3, 4, 5, 6, 7}) {
        const bool bytes_first = (variant & 1) != 0;
        const bool first_ends_first = (variant & 2) != 0;
        CAPTURE(variant);
        const std::string pair = (variant & 4) != 0 ? "/proc/sys/vm/overcommit_" : "/proc/sys/vm/dirty_";
        const std::string bytes = sysfs(pair + ((variant & 4) != 0 ? "kbytes" : "bytes"), "1048576");
        const std::string ratio = sysfs(pair + "ratio", "15");
        TunedWorld world("");
        world.host.files["/proc/sys/vm/overcommit_kbytes"] = "0\n";
        world.host.files["/proc/sys/vm/overcommit_ratio"] = "50\n";
        world.host.files[World::policy_file] = policy_of(bytes_first ? bytes : ratio, "vm1");
        world.host.files["/etc/hostlease/two.toml"] = policy_of(bytes_first ? ratio : bytes, "vm2");
        const auto before = world.host.snapshot();
        FakeVm two = make_vm(2, 32);
        REQUIRE(world.libvirt.bring_up(world.host, world.vm));
        REQUIRE(world.libvirt.bring_up(world.host, two));
        world.libvirt.bring_down(world.host, first_ends_first ? world.vm : two);
        CHECK(verify(world.host, world.ledger()).empty());
        world.libvirt.bring_down(world.host, first_ends_first ? two : world.vm);
        CHECK(difference(before, world.host.snapshot()) == "");
        CHECK_FALSE(world.ledger().has_records());
    }
}

TEST_CASE("a VM that sets both of a pair leaves it unchanged") {
    for (const std::string baseline : {"ratio", "bytes"}) {
        TunedWorld world(sysfs("/proc/sys/vm/dirty_bytes", "1048576") +
                         sysfs("/proc/sys/vm/dirty_ratio", "15"));
        if (baseline == "bytes") REQUIRE(world.host.write("/proc/sys/vm/dirty_bytes", "50000000"));
        const auto before = world.host.snapshot();
        REQUIRE(world.libvirt.bring_up(world.host, world.vm));
        world.libvirt.bring_down(world.host, world.vm);
        CHECK(difference(before, world.host.snapshot()) == "");
        CHECK_FALSE(world.ledger().has_records());
    }
}

TEST_CASE("a limit that another program has chosen beside a lease stays, and is reported") {
    TunedWorld world("[power]\nboost = true\n");
    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    world.host.files[cpufreq + "scaling_min_freq"] = "1500000\n";
    world.libvirt.quit(world.vm);
    const auto outcome = world.libvirt.call(world.vm, Step::release);
    CHECK(world.value(cpufreq + "scaling_min_freq") == "1500000");
    CHECK(std::any_of(outcome.report.entries.begin(), outcome.report.entries.end(), [](const auto& entry) {
        return entry.message.find("scaling_min_freq is '1500000'") != std::string::npos;
    }));
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("under an admin's governor, the preference that it dictates is left alone as well") {
    World world(policy_of("[power]\ngovernor = \"performance\"\n", "vm1"));
    world.host.files["/etc/hostlease/two.toml"] = policy_of("[power]\ngovernor = \"powersave\"\n", "vm2");
    world.pool(1).persistent = 128;
    FakeVm one = make_vm(1, 64);
    FakeVm two = make_vm(2, 32);
    REQUIRE(world.libvirt.bring_up(world.host, one));
    REQUIRE(world.libvirt.bring_up(world.host, two));
    world.libvirt.bring_down(world.host, one);
    REQUIRE(world.host.write(cpufreq + "scaling_governor", "performance"));
    world.libvirt.quit(two);
    const auto outcome = world.libvirt.call(two, Step::release);
    const auto& entries = outcome.report.entries;
    CHECK(std::any_of(entries.begin(), entries.end(), [](const ReportEntry& entry) {
        return entry.severity == Severity::warning && entry.message.find(preference) == 0 &&
               entry.message.find("another program changed power.governor") != std::string::npos;
    }));
    CHECK(std::none_of(entries.begin(), entries.end(),
                       [](const ReportEntry& entry) { return entry.severity == Severity::error; }));
    CHECK(world.ledger().records.empty());
    CHECK(world.host.read(preference).value() == "performance\n");
    Call call;
    CHECK(reconcile(world.host, call));
}

TEST_CASE("nothing beside a lease counts as drift, and verify reports values that did not return") {
    TunedWorld world("[power]\ngovernor = \"performance\"\n");
    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    CHECK(world.mentions(preference));
    CHECK(verify(world.host, world.ledger()).empty());
    world.host.write_errors[preference] = EIO;
    world.libvirt.bring_down(world.host, world.vm);
    const auto findings = verify(world.host, world.ledger());
    REQUIRE_FALSE(findings.empty());
    CHECK(findings.front().path == preference);
    world.host.write_errors.clear();
    Call call;
    CHECK(reconcile(world.host, call));
    CHECK(world.value(preference) == "balance_power");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a preference that replaces a governor in one apply is restored to the value before the governor") {
    for (const bool keeps_preference : {false, true}) {
        CAPTURE(keeps_preference);
        TunedWorld world("[power]\ngovernor = \"performance\"\n");
        world.host.keeps_preference = keeps_preference;
        const auto before = world.host.snapshot();
        REQUIRE(world.libvirt.bring_up(world.host, world.vm));
        world.host.files[World::policy_file] =
            policy_of("[power]\nenergy_performance = \"balance_performance\"\n");
        const auto domain = read_domain_xml(world.vm.xml(), "vm.xml").value();
        Diagnostics warnings;
        const auto edited =
            policy_for(world.host, read_policy_heads(world.host), domain, warnings).value().value();
        Call call;
        REQUIRE(apply_policy(world.host, domain, edited, call));
        CHECK(world.value(preference) == "balance_performance");
        world.libvirt.bring_down(world.host, world.vm);
        world.host.files[World::policy_file] = before.at(World::policy_file);
        CHECK(difference(before, world.host.snapshot()) == "");
        CHECK_FALSE(world.ledger().has_records());
    }
}
