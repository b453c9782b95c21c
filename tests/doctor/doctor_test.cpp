#include "doctor/doctor.hpp"

#include "core/units.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// A host without problems.
DoctorFacts sound() {
    DoctorFacts facts;
    facts.host.kernel = "6.12.1";
    facts.host.cgroups.has_cpuset = facts.host.cgroups.has_remote_partitions = true;
    facts.host.cpufreq = {{}};
    facts.host.pools = {{{0, 2 * MiB}}, {{1, 2 * MiB}}};
    facts.libvirt = 9'000'000;
    facts.daemons = {{"libvirtd", 2000, ""}};
    facts.hooks = {{"/etc/libvirt/hooks/qemu", "/usr/sbin/hostlease-hook", "", 1000, false}};
    facts.policies = {{}};
    facts.has_systemd = facts.has_bus = facts.has_journal = facts.has_latency_limits = true;
    facts.systemd = "252";
    facts.mounts = {2 * MiB};
    return facts;
}

/// "FAIL hook: what", one line for each check that does not pass.
std::string told(const DoctorFacts& facts) {
    std::string text;
    for (const auto& check : doctor_checks())
        for (const auto& line : check.look(facts)) {
            CHECK((line.verdict == Readiness::pass) == line.fix.empty());
            if (line.verdict != Readiness::pass)
                text += std::string(to_text(line.verdict)) + " " + std::string(check.name) + ": " +
                        line.what + "\n";
        }
    return text;
}

struct Row {
    const char* name;
    void (*spoil)(DoctorFacts&);
    const char* told;
};

const Row rows[] = {
    {"no libvirt", [](DoctorFacts& facts) { facts.libvirt = 0; }, "WARN libvirt: libvirt is not installed\n"},
    {"an old libvirt", [](DoctorFacts& facts) { facts.libvirt = 6'004'000; },
     "WARN libvirt: version 6.4.0 runs only hooks/qemu, not the hooks in hooks/qemu.d\n"},
    {"no hook", [](DoctorFacts& facts) { facts.hooks.clear(); },
     "FAIL hook: /etc/libvirt/hooks does not contain the hook of hostlease: no VM gets a lease\n"},
    {"a hook of others'", [](DoctorFacts& facts) { facts.hooks[0].problem = "others may write it"; },
     "FAIL hook: /etc/libvirt/hooks/qemu: others may write it\n"},
    {"two hooks", [](DoctorFacts& facts) { facts.hooks.push_back(facts.hooks[0]); },
     "FAIL hook: libvirt runs each of these 2 hooks, so hostlease handles each event several times\n"},
    {"a daemon of before", [](DoctorFacts& facts) { facts.daemons[0].started = 999; },
     "WARN daemon: libvirtd started before the hook was installed and has not looked for hooks since\n"},
    {"a daemon that was told, and a hook that was put there after that",
     [](DoctorFacts& facts) {
         facts.daemons[0].started = 500;
         facts.daemons[0].told = 999;
     },
     "WARN daemon: libvirtd started before the hook was installed and has not looked for hooks since\n"},
    {"SELinux",
     [](DoctorFacts& facts) {
         facts.enforces_selinux = true;
         facts.daemons[0] = {"virtqemud", 2000, "system_u:system_r:virtqemud_t:s0"};
     },
     "WARN confinement: SELinux runs virtqemud as system_u:system_r:virtqemud_t:s0, whose policy may forbid "
     "it to run hooks\n"},
    {"AppArmor",
     [](DoctorFacts& facts) {
         facts.daemons[0].label = "libvirtd (enforce)";
         facts.hooks[0].program = "/usr/local/sbin/hostlease-hook";
         facts.hooks[0].is_confined = true;
     },
     "FAIL confinement: AppArmor confines libvirtd as libvirtd (enforce), which does not allow it to run "
     "/usr/local/sbin/hostlease-hook\n"},
    {"no policy", [](DoctorFacts& facts) { facts.policies.clear(); },
     "WARN policies: /etc/hostlease contains no policy: hostlease leaves every VM alone\n"},
    {"a CPU that the kernel has lost", [](DoctorFacts& facts) { facts.host.cgroups.lost = {6}; },
     "FAIL cgroups: CPU 6 is isolated, and no cgroup has it: the kernel lost it when a partition was broken, "
     "and could crash "
     "when "
     "another is made before the next boot\n"},
    {"a VM that is pinned to the partition of another",
     [](DoctorFacts& facts) {
         Claim claim{.knob = "cpus.method",
                     .target = AwaitsQemu{"exclusive vcpu0", "/sys/fs/cgroup/*/vcpu0"},
                     .value = "7"};
         claim.condition = Condition::partition;
         Lease lease;
         lease.domain = "a";
         lease.state = LeaseState::running;
         lease.isolation = Isolation::partitioned;
         lease.claims = {claim};
         facts.ledger.leases = {lease};
         facts.host.cgroups.machine = {
             {.name = "VM 'a'", .cpus = {}, .exclusive = {7}, .threads = {{"vcpu0", {7}}}},
             {.name = "VM 'b'", .cpus = {}, .exclusive = {}, .threads = {{"vcpu3", {7}}}}};
     },
     "WARN cgroups: vCPU 3 of VM 'b' is pinned to CPU 7, which VM 'a' uses exclusively in a partition: it "
     "now runs on other CPUs\n"},
    {"no cgroup v2", [](DoctorFacts& facts) { facts.host.cgroups = {}; },
     "WARN cgroups: no cgroup v2 with the cpuset controller: [cpus] has no effect\n"},
    {"a page size without a mount", [](DoctorFacts& facts) { facts.host.pools.push_back({{0, GiB}}); },
     "WARN hugetlbfs: not mounted for pages of 1 GiB: VMs can use such pages only through memfd\n"},
    {"no bus", [](DoctorFacts& facts) { facts.has_bus = false; },
     "FAIL systemd: systemd 252, but no bus answers: hostlease cannot set the CPUs of units\n"},
    {"a ledger that others can read",
     [](DoctorFacts& facts) { facts.ledger_directory = {FileStatus::Type::directory, 0, 0755}; },
     "FAIL ledger: /run/hostlease does not belong to hostlease or does not have mode 0700: hostlease refuses "
     "every lease\n"},
};
} // namespace

TEST_CASE("if SELinux confines virtqemud, a missing module is found") {
    auto facts = sound();
    facts.enforces_selinux = true;
    facts.has_selinux_module = true;
    facts.daemons[0] = {"virtqemud", 2000, "system_u:system_r:virtqemud_t:s0"};
    CHECK(told(facts) == "");
}

TEST_CASE("a daemon that was told of the hook after its start is no finding") {
    auto facts = sound();
    facts.daemons[0].started = 999;
    facts.daemons[0].told = 1000;
    CHECK(told(facts) == "");
}

TEST_CASE("a host without problems passes every check") { CHECK(told(sound()) == ""); }

TEST_CASE("each problem is reported once, with a remedy") {
    for (const auto& row : rows) {
        const std::string name = row.name;
        CAPTURE(name);
        DoctorFacts facts = sound();
        row.spoil(facts);
        CHECK(told(facts) == row.told);
    }
}

TEST_CASE("without a hook or a running daemon, confinement is not checked") {
    const auto confinement_of = [](const DoctorFacts& facts) {
        for (const auto& check : doctor_checks())
            if (check.name == "confinement") return check.look(facts).front().what;
        return std::string();
    };
    DoctorFacts facts = sound();
    CHECK(confinement_of(facts) == "the libvirt daemon may run the hook");
    facts.daemons.clear();
    CHECK(confinement_of(facts) == "not checked: the libvirt daemon is not running");
    facts.hooks.clear();
    CHECK(confinement_of(facts) == "not checked: the hook is not installed");
}

TEST_CASE("services that set the same as the policies are reported with the policy's line") {
    DoctorFacts facts = sound();
    facts.host.cgroups.services = {"tuned.service"};
    facts.policies[0].settings["power.governor"] = {
        std::string("performance"), "performance", {"/etc/hostlease/a.toml", 3, 1}};
    CHECK(told(facts) == "WARN services: /etc/hostlease/a.toml:3:1: tuned.service is running and sets what "
                         "this policy sets: power.governor\n");
}

TEST_CASE("facts are gathered without a write, whatever the host lacks") {
    World world;
    world.host.files["/usr/lib/x86_64-linux-gnu/libvirt.so.0.9000.3"] = "";
    world.host.files["/usr/lib/systemd/libsystemd-shared-257.so"] = "";
    world.host.files["/run/libvirtd.pid"] = "900\n";
    world.host.files["/proc/900/attr/current"] = "libvirtd (enforce)\n";
    world.host.files["/proc/mounts"] =
        "none /dev/hugepages hugetlbfs rw,relatime,pagesize=2M 0 0\nnone /x hugetlbfs rw,pagesize=1G 0 0";
    const auto before = world.host.snapshot();
    const auto facts = gather_doctor_facts(world.host, 0);
    CHECK(facts.libvirt == 9'000'003);
    CHECK(facts.systemd == "257");
    CHECK(facts.mounts == std::vector<std::uint64_t>{2 * MiB, GiB});
    REQUIRE(facts.daemons.size() == 1);
    CHECK(facts.daemons[0].label == "libvirtd (enforce)");
    CHECK(facts.daemons[0].told == 0);
    CHECK(facts.policies.size() == 1);
    CHECK(facts.host_problem == "");
    CHECK_FALSE(facts.has_selinux_module);
    world.host.files["/var/lib/selinux/targeted/active/modules/400/hostlease/cil"] = "";
    CHECK(gather_doctor_facts(world.host, 0).has_selinux_module);
    world.host.files.erase("/var/lib/selinux/targeted/active/modules/400/hostlease/cil");
    CHECK(difference(before, world.host.snapshot()) == "");
    FakeHost bare;
    bare.files.clear();
    CHECK(gather_doctor_facts(bare, 0).libvirt == 0);
}
