// Isolation by partitions, or by slices if partitions are impossible, on a kernel that supports both.
#include "engine/apply.hpp"
#include "engine/operations.hpp"
#include "engine/policy_store.hpp"
#include "engine/verify.hpp"
#include "read/domain_xml.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <tuple>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string policy = "version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n"
                           "[workqueues]\naffinity = \"housekeeping\"\n[cpus]\nmethod = \"partition\"\n";

struct PartitionWorld : World {
    FakeVm one = make_vm(1, 64, 1, "4,5");
    FakeVm two = make_vm(2, 64, 1, "6,7");
    std::map<std::string, std::string> before;

    explicit PartitionWorld(const std::string& text = policy) : World(text) {
        pool(1).persistent = 128;
        host.partitions.enable();
        before = host.snapshot();
    }

    [[nodiscard]] std::string vcpu(const FakeVm& vm, int number) const {
        return host.partitions.state(vm.scope + "/libvirt/vcpu" + std::to_string(number));
    }
    [[nodiscard]] std::string both(const FakeVm& vm) const { return vcpu(vm, 0) + ", " + vcpu(vm, 1); }
    /// State of the cgroup above QEMU's threads.
    [[nodiscard]] std::string around(const FakeVm& vm) const {
        return host.partitions.state(vm.scope + "/libvirt");
    }
    void pin(const FakeVm& vm, const std::string& thread, const CpuSet& cpus) {
        host.partitions.pin(vm.scope + "/libvirt/" + thread, cpus);
    }
    [[nodiscard]] std::string exclusive(const std::string& cgroup) const {
        return to_list(host.partitions.exclusive(cgroup));
    }
    /// AllowedCPUs of system.slice, "" if unset.
    [[nodiscard]] std::string slice() const { return to_list(host.cgroups.allowed_cpus("system.slice")); }
    [[nodiscard]] std::string isolated() { return host.files["/sys/fs/cgroup/cpuset.cpus.isolated"]; }
    Isolation isolation(const FakeVm& vm) { return ledger().find(vm.uuid)->isolation; }

    /// The number of the host's writes that contain the text.
    [[nodiscard]] std::ptrdiff_t writes_with(const std::string& text) const {
        return std::count_if(host.writes.begin(), host.writes.end(),
                             [&](const std::string& write) { return write.find(text) != std::string::npos; });
    }
    HookOutcome start_up(FakeVm& vm) {
        REQUIRE(libvirt.call(vm, Step::prepare).code == ExitCode::done);
        REQUIRE(libvirt.call(vm, Step::start).code == ExitCode::done);
        REQUIRE(libvirt.launch(vm));
        return libvirt.call(vm, Step::started);
    }
    std::string found_by_verify() {
        std::string text;
        for (const auto& finding : verify(host, ledger()))
            text += finding.path + ": " + finding.what + "\n";
        return text;
    }
};

std::string text_of(const HookOutcome& outcome) {
    std::string text;
    for (const auto& entry : outcome.report.entries)
        text += entry.message + "\n";
    return text;
}
} // namespace

TEST_CASE("slices keep the host off until the partitions do, and are then released") {
    PartitionWorld world;
    REQUIRE(world.libvirt.call(world.one, Step::prepare).code == ExitCode::done);
    CHECK(world.slice() == "");
    REQUIRE(world.libvirt.call(world.one, Step::start).code == ExitCode::done);
    CHECK(world.slice() == "0-3,6-7");
    REQUIRE(world.libvirt.launch(world.one));
    CHECK(text_of(world.libvirt.call(world.one, Step::started)) == "");
    CHECK(world.both(world.one) == "isolated, isolated");
    CHECK(world.around(world.one) == "root");
    CHECK(world.isolated() == "4-5\n");
    CHECK(to_list(world.host.cgroups.effective("system.slice")) == "1-3,6-7"); // the emulator has CPU 0
    CHECK((world.slice() == "" || world.slice() == "0-7"));
    CHECK(world.exclusive("/machine.slice") == "0,4-5");
    CHECK(world.exclusive(world.one.scope + "/libvirt") == "0,4-5");
    CHECK(world.exclusive(world.one.scope + "/libvirt/vcpu1") == "5");
    CHECK(world.isolation(world.one) == Isolation::partitioned);
    // the kernel excludes the CPUs itself now
    CHECK(world.host.files["/sys/devices/virtual/workqueue/cpumask"] == "ff\n");
    CHECK(world.found_by_verify() == "");
    world.libvirt.bring_down(world.host, world.one);
    CHECK(difference(world.before, world.host.snapshot()) == "");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("if one vCPU gets no partition, none does: slices stay, and the kernel's reason is reported") {
    PartitionWorld world;
    world.host.partitions.impossible = {"/machine.slice/machine-qemu\\x2d1\\x2dvm1.scope/libvirt/vcpu1"};
    const auto outcome = world.start_up(world.one);
    CHECK(outcome.code == ExitCode::done);
    const auto text = text_of(outcome);
    CHECK(text.starts_with("no isolated partitions, so slices keep the host off the VM's CPUs: "));
    CHECK(text.find("libvirt/vcpu1/cpuset.cpus.partition: wrote 'isolated', and the kernel made it 'isolated "
                    "invalid (Parent "
                    "unable to distribute cpu downstream)'") != std::string::npos);
    CHECK(world.both(world.one) == "member, member");
    CHECK(world.exclusive("/machine.slice") == "");
    CHECK(world.exclusive(world.one.scope + "/libvirt/vcpu0") == "");
    CHECK(world.isolation(world.one) == Isolation::fallen_back);
    CHECK(world.slice() == "0-3,6-7");
    CHECK(world.host.files["/sys/devices/virtual/workqueue/cpumask"] == "cf\n");
    CHECK(world.found_by_verify() == "");
    // tried again, without another message
    CHECK(text_of(world.libvirt.call(world.host, world.one, "reconnect", "begin")) == "");
    CHECK(world.isolation(world.one) == Isolation::fallen_back);
    CHECK(world.both(world.one) == "member, member");
    CHECK(world.host.files["/sys/devices/virtual/workqueue/cpumask"] == "cf\n");
    world.host.partitions.impossible.clear();
    CHECK(world.reconcile_all() == "");
    CHECK(world.both(world.one) == "isolated, isolated");
    CHECK(world.isolation(world.one) == Isolation::partitioned);
    CHECK((world.slice() == "" || world.slice() == "0-7"));
    CHECK(world.host.files["/sys/devices/virtual/workqueue/cpumask"] == "ff\n");
    world.libvirt.bring_down(world.host, world.one);
    CHECK(difference(world.before, world.host.snapshot()) == "");
}

TEST_CASE(
    "a required partition that cannot be made is an error in the journal, and never stops a running VM") {
    PartitionWorld world(policy + "enforce = \"required\"\n");
    world.host.partitions.impossible = {"/machine.slice/machine-qemu\\x2d1\\x2dvm1.scope/libvirt/vcpu0"};
    const auto outcome = world.start_up(world.one);
    CHECK(outcome.code == ExitCode::done);
    REQUIRE_FALSE(outcome.report.entries.empty());
    CHECK(outcome.report.entries.front().severity == Severity::error);
    CHECK(world.slice() == "0-3,6-7");
    CHECK(world.found_by_verify().find("has no isolated partitions, which its policy requires") !=
          std::string::npos);
    world.host.partitions.impossible.clear();
    world.reconcile_all();
    CHECK(world.found_by_verify() == "");
}

TEST_CASE("a thread without a cgroup of its own: partitions fail as a whole") {
    PartitionWorld world;
    REQUIRE(world.libvirt.call(world.one, Step::prepare).code == ExitCode::done);
    REQUIRE(world.libvirt.call(world.one, Step::start).code == ExitCode::done);
    REQUIRE(world.libvirt.launch(world.one));
    const auto task =
        "/proc/" + std::to_string(world.one.pid) + "/task/" + std::to_string(world.one.pid + 2) + "/cgroup";
    world.host.files[task] = "0::/\n";
    const auto text = text_of(world.libvirt.call(world.one, Step::started));
    CHECK(text.find("not every vCPU of QEMU is in a cgroup of its own") != std::string::npos);
    CHECK(world.vcpu(world.one, 0) == "member");
    CHECK(world.isolation(world.one) == Isolation::fallen_back);
    CHECK(world.slice() == "0-3,6-7");
}

TEST_CASE("two VMs: machine.slice has the CPUs of both, and one VM's start and stop do not affect the "
          "other's partitions") {
    for (const bool first_goes_first : {true, false}) {
        PartitionWorld world;
        world.start_up(world.one);
        world.host.writes.clear();
        world.start_up(world.two);
        CHECK(world.writes_with("vm1.scope") == 0);
        CHECK(world.exclusive("/machine.slice") == "0-1,4-7");
        CHECK(world.both(world.one) == "isolated, isolated");
        CHECK(world.both(world.two) == "isolated, isolated");
        CHECK(world.isolated() == "4-7\n");
        FakeVm& goes = first_goes_first ? world.one : world.two;
        FakeVm& stays = first_goes_first ? world.two : world.one;
        world.libvirt.bring_down(world.host, goes);
        CHECK(world.both(stays) == "isolated, isolated");
        CHECK(world.exclusive("/machine.slice") == (first_goes_first ? "1,6-7" : "0,4-5"));
        CHECK(world.found_by_verify() == "");
        world.libvirt.bring_down(world.host, stays);
        CHECK(difference(world.before, world.host.snapshot()) == "");
    }
}

TEST_CASE("a second VM on the CPUs of the first is refused by prepare, which names both, and the first one "
          "keeps its partitions") {
    PartitionWorld world;
    world.start_up(world.one);
    world.two.pins = "5,6";
    const auto outcome = world.libvirt.call(world.two, Step::prepare);
    CHECK(outcome.code != ExitCode::done);
    CHECK(outcome.reason.find("of VM 'vm2' is pinned to CPU 5, which VM 'vm1' uses exclusively") !=
          std::string::npos);
    CHECK(world.both(world.one) == "isolated, isolated");
    CHECK(world.exclusive("/machine.slice") == "0,4-5");
    world.libvirt.bring_down(world.host, world.one);
    CHECK(difference(world.before, world.host.snapshot()) == "");
}

TEST_CASE("a VM that is pinned to the CPU of another one's emulator gets it: partitions that are not "
          "required give way") {
    for (const bool insists : {false, true}) {
        PartitionWorld world(insists ? policy + "enforce = \"required\"\n" : policy);
        world.two.emulator = world.one.emulator;
        world.start_up(world.one);
        CHECK(world.around(world.one) == "root");
        if (insists) {
            const auto outcome = world.libvirt.call(world.two, Step::prepare);
            CHECK(outcome.reason.find("the emulator") != std::string::npos);
            CHECK(outcome.reason.find("VM 'vm1' uses exclusively") != std::string::npos);
            CHECK(world.both(world.one) == "isolated, isolated");
            continue;
        }
        const auto prepared = text_of(world.libvirt.call(world.two, Step::prepare));
        CHECK(prepared.find("VM 'vm1' has no isolated partitions any more") != std::string::npos);
        CHECK(world.around(world.one) == "member"); // before libvirt pins the second VM's emulator
        CHECK(world.slice() == "0-3,6-7");
        REQUIRE(world.libvirt.call(world.two, Step::start).code == ExitCode::done);
        REQUIRE(world.libvirt.launch(world.two));
        world.libvirt.call(world.two, Step::started);
        CHECK(world.both(world.two) == "member, member");
        world.reconcile_all();
        CHECK(world.both(world.one) == "member, member"); // the second VM still has the CPU
        world.libvirt.bring_down(world.host, world.two);
        // restored by the release of the VM that it gave way to
        CHECK(world.both(world.one) == "isolated, isolated");
        world.libvirt.bring_down(world.host, world.one);
        CHECK(difference(world.before, world.host.snapshot()) == "");
    }
}

TEST_CASE("a thread that libvirt pins to a vCPU's CPU breaks its partition: reconcile restores it, and no "
          "CPU is lost") {
    for (const bool is_mended : {true, false})
        for (const std::string thread : {"emulator", "vcpu1"}) {
            PartitionWorld world;
            world.start_up(world.one);
            world.pin(world.one, thread, {4, 5});
            CHECK(world.vcpu(world.one, 0).starts_with("isolated invalid"));
            if (is_mended) {
                CHECK(world.found_by_verify().find("reconcile") != std::string::npos);
                // it cannot be repaired while the emulator has the CPU that a vCPU uses exclusively
                if (thread == "emulator") {
                    CHECK(world.reconcile_all().find("not exclusive") != std::string::npos);
                    CHECK(world.both(world.one) == "member, member");
                    CHECK(world.slice() == "0-3,6-7");
                    world.pin(world.one, thread, {0});
                }
                CHECK(world.reconcile_all() == "");
                CHECK(world.both(world.one) == "isolated, isolated");
                CHECK(world.found_by_verify() == "");
            }
            world.libvirt.bring_down(world.host, world.one);
            CHECK(world.isolated() == "\n");
            CHECK(difference(world.before, world.host.snapshot()) == "");
            world.start_up(world.two);
            CHECK(world.both(world.two) == "isolated, isolated");
            CHECK_FALSE(world.host.partitions.crashed);
        }
}

TEST_CASE("a vCPU is unplugged: its partition ends, the others stay, and it gets its CPU when it is plugged "
          "in again") {
    PartitionWorld world;
    world.start_up(world.one);
    const std::string task =
        "/proc/" + std::to_string(world.one.pid) + "/task/" + std::to_string(world.one.pid + 2);
    const std::string cgroup = world.one.scope + "/libvirt/vcpu1";
    const auto files = std::pair(world.host.files[task + "/cgroup"], world.host.files[task + "/comm"]);
    std::erase_if(world.host.files, [&](const auto& file) { return file.first.starts_with(task + "/"); });
    world.host.partitions.remove(cgroup);
    CHECK(world.reconcile_all() == "");
    CHECK(world.vcpu(world.one, 0) == "isolated");
    CHECK(world.isolation(world.one) == Isolation::partitioned);
    CHECK(world.exclusive(world.one.scope + "/libvirt") == "0,4-5");
    CHECK(world.found_by_verify() == "");
    std::tie(world.host.files[task + "/cgroup"], world.host.files[task + "/comm"]) = files;
    world.host.partitions.add(cgroup, {5});
    CHECK(world.reconcile_all() == "");
    CHECK(world.both(world.one) == "isolated, isolated");
    world.libvirt.bring_down(world.host, world.one);
    CHECK(difference(world.before, world.host.snapshot()) == "");
}

namespace {
/// The lease as the previous version wrote it: a partition for each vCPU beside the emulator.
void make_flat(PartitionWorld& world) {
    Ledger ledger = Ledger::open(world.host, {}).value();
    Lease lease = *ledger.content.find(world.one.uuid);
    std::erase_if(lease.claims, [](const Claim& claim) {
        return claim.condition == Condition::partition &&
               (claim.value == "root" || claim.name() == "exclusive libvirt");
    });
    REQUIRE(ledger.save_lease(lease));
}
} // namespace

TEST_CASE(
    "partitions in a lease of a previous version are repaired in the only order that the kernel survives") {
    for (const bool is_mended : {true, false}) {
        PartitionWorld world;
        REQUIRE(world.libvirt.call(world.one, Step::prepare).code == ExitCode::done);
        make_flat(world);
        REQUIRE(world.libvirt.call(world.one, Step::start).code == ExitCode::done);
        REQUIRE(world.libvirt.launch(world.one));
        world.libvirt.call(world.one, Step::started);
        CHECK(world.around(world.one) == "member");
        CHECK(world.both(world.one) == "isolated, isolated");
        world.pin(world.one, "emulator", {0, 4});
        CHECK(world.vcpu(world.one, 0).starts_with("isolated invalid"));
        if (is_mended) {
            world.pin(world.one, "emulator", {0});
            CHECK(world.reconcile_all() == "");
            CHECK(world.both(world.one) == "isolated, isolated");
        }
        world.libvirt.bring_down(world.host, world.one);
        CHECK(world.isolated() == (is_mended ? "\n" : "4\n"));
        world.two.pins = "6,7";
        world.start_up(world.two);
        CHECK(world.both(world.two) == (is_mended ? "isolated, isolated" : "member, member"));
        CHECK(world.found_by_verify().empty() == is_mended);
        CHECK_FALSE(world.host.partitions.crashed);
    }
}

TEST_CASE("no partition is made or restored once the kernel has lost a CPU to one") {
    PartitionWorld world;
    world.start_up(world.one);
    REQUIRE(world.libvirt.call(world.two, Step::prepare).code == ExitCode::done); // planned with partitions
    REQUIRE(world.libvirt.call(world.two, Step::start).code == ExitCode::done);
    REQUIRE(world.libvirt.launch(world.two));
    world.host.partitions.lose({3});
    CHECK(text_of(world.libvirt.call(world.two, Step::started)).find(lost_cpus_text({3})) !=
          std::string::npos);
    CHECK(world.both(world.two) == "member, member");
    world.pin(world.one, "emulator", {0, 4});
    world.reconcile_all();
    CHECK_FALSE(world.host.partitions.crashed);
    CHECK(world.slice() == "0-3");
    CHECK(world.found_by_verify().find(lost_cpus_text({3})) != std::string::npos);
}

TEST_CASE("QEMU killed: the kernel removes the partitions, and the release removes what machine.slice has "
          "left of them") {
    PartitionWorld world;
    world.start_up(world.one);
    world.start_up(world.two);
    world.libvirt.quit(world.one);
    CHECK(world.isolated() == "6-7\n");
    CHECK(world.exclusive("/machine.slice") == "0-1,4-7");
    CHECK(text_of(world.libvirt.call(world.one, Step::stopped)) == "");
    // the dead VM's cgroups are not missed
    CHECK(text_of(world.libvirt.call(world.host, world.two, "reconnect", "begin")) == "");
    CHECK(text_of(world.libvirt.call(world.one, Step::release)) == "");
    CHECK(world.exclusive("/machine.slice") == "1,6-7");
    CHECK(world.both(world.two) == "isolated, isolated");
    world.libvirt.quit(world.two); // the daemon dies with it
    world.libvirt.kill_daemon();
    world.reconcile_all();
    CHECK(difference(world.before, world.host.snapshot()) == "");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a CPU that was offline and came back: the kernel or else reconcile restores its partition") {
    for (const bool is_flat : {false, true}) {
        PartitionWorld world;
        REQUIRE(world.libvirt.call(world.one, Step::prepare).code == ExitCode::done);
        if (is_flat) make_flat(world);
        REQUIRE(world.libvirt.call(world.one, Step::start).code == ExitCode::done);
        REQUIRE(world.libvirt.launch(world.one));
        world.libvirt.call(world.one, Step::started);
        world.host.partitions.set_online({0, 1, 2, 3, 4, 6, 7});
        CHECK(world.vcpu(world.one, 1) == "isolated invalid");
        world.host.partitions.set_online(CpuSet::range(0, 7));
        CHECK(world.vcpu(world.one, 1) == (is_flat ? "isolated invalid" : "isolated"));
        const auto found = world.found_by_verify();
        CHECK((found.find("libvirt/vcpu1/cpuset.cpus.partition: not at its wanted value") !=
               std::string::npos) == is_flat);
        CHECK(world.reconcile_all() == "");
        CHECK(world.both(world.one) == "isolated, isolated");
        CHECK(world.isolated() == "4-5\n");
        CHECK(world.found_by_verify() == "");
    }
}

TEST_CASE("a CPU that stays offline: slices take over, and the host is restored nevertheless") {
    PartitionWorld world;
    world.start_up(world.one);
    world.host.partitions.set_online({0, 1, 2, 3, 4, 6, 7});
    CHECK(world.found_by_verify().find(
              "CPU 5 is offline; `hostlease reconcile` uses slices instead until it is back") !=
          std::string::npos);
    CHECK(world.reconcile_all().find("No cpu available due to hotplug") != std::string::npos);
    CHECK(world.reconcile_all() == "");
    CHECK(world.both(world.one) == "member, member");
    CHECK(world.isolation(world.one) == Isolation::fallen_back);
    CHECK(world.slice() == "0-3,6-7");
    world.host.partitions.set_online(CpuSet::range(0, 7));
    world.libvirt.bring_down(world.host, world.one);
    CHECK(difference(world.before, world.host.snapshot()) == "");
}

TEST_CASE("the daemon restarts: partitions are checked and not changed") {
    PartitionWorld world;
    world.start_up(world.one);
    world.libvirt.kill_daemon();
    world.libvirt.restart_daemon();
    world.host.writes.clear();
    CHECK(text_of(world.libvirt.call(world.host, world.one, "reconnect", "begin")) == "");
    CHECK(world.host.writes.empty());
    CHECK(world.both(world.one) == "isolated, isolated");
    world.host.files["/sys/fs/cgroup" + world.one.scope + "/libvirt/vcpu0/cpuset.cpus.partition"] =
        "member\n"; // broken by another program
    world.libvirt.call(world.host, world.one, "reconnect", "begin");
    CHECK(world.both(world.one) == "isolated, isolated");
}

TEST_CASE("auto uses partitions if the vCPUs are pinned one to one, and slices otherwise") {
    const std::string automatic =
        "version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n"
        "[cpus]\nisolate = \"pinned\"\n";
    PartitionWorld world(automatic);
    world.start_up(world.one);
    CHECK(world.both(world.one) == "isolated, isolated");
    world.libvirt.bring_down(world.host, world.one);
    world.one.pins = "4-6";
    world.start_up(world.one);
    CHECK(world.both(world.one) == "member, member");
    CHECK(world.slice() == "0-3,7");
    world.libvirt.bring_down(world.host, world.one);
    CHECK(difference(world.before, world.host.snapshot()) == "");
}

namespace {
Status apply_again(PartitionWorld& world) {
    const auto domain = read_domain_xml(world.one.xml(), "vm.xml").value();
    Diagnostics warnings;
    const auto own = policy_for(world.host, read_policy_heads(world.host), domain, warnings).value().value();
    Call call;
    return apply_policy(world.host, domain, own, call);
}
} // namespace

TEST_CASE("required partitions that an offline CPU has ended: verify and apply say so, and they return with "
          "the CPU") {
    for (const bool by_apply : {false, true}) {
        CAPTURE(by_apply);
        PartitionWorld world(policy + "enforce = \"required\"\n");
        world.start_up(world.one);
        world.host.partitions.set_online({0, 1, 2, 3, 4, 6, 7});
        world.reconcile_all();
        REQUIRE(world.isolation(world.one) == Isolation::fallen_back);
        CHECK(world.found_by_verify().find("has no isolated partitions, which its policy requires") !=
              std::string::npos);
        CHECK_FALSE(apply_again(world));
        CHECK(world.slice() == "0-3,6-7"); // the running VM keeps its slices
        world.host.partitions.set_online(CpuSet::range(0, 7));
        if (by_apply)
            CHECK(apply_again(world));
        else
            CHECK(world.reconcile_all() == "");
        CHECK(world.both(world.one) == "isolated, isolated");
        CHECK(world.isolation(world.one) == Isolation::partitioned);
        CHECK(world.found_by_verify() == "");
        world.libvirt.bring_down(world.host, world.one);
        CHECK(difference(world.before, world.host.snapshot()) == "");
    }
}

TEST_CASE("when slices take over from partitions, what they leave on the VM's CPUs is reported") {
    PartitionWorld world;
    world.host.partitions.impossible = {"/machine.slice/machine-qemu\\x2d1\\x2dvm1.scope/libvirt/vcpu1"};
    world.host.partitions.add("/machine.slice/libpod-abc.scope", {});
    const auto text = text_of(world.start_up(world.one));
    CHECK(text.find("slices do not keep these units off") != std::string::npos);
    CHECK(text.find("libpod-abc.scope") != std::string::npos);
}
