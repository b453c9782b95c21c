// Partitions that isolate CPUs, and slices where partitions cannot: on a kernel that has them.
#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

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
    [[nodiscard]] std::string exclusive(const std::string& cgroup) const { return to_list(host.partitions.exclusive(cgroup)); }
    /// AllowedCPUs of system.slice, "" while nobody sets them.
    [[nodiscard]] std::string slice() const { return to_list(host.cgroups.allowed_cpus("system.slice")); }
    [[nodiscard]] std::string isolated() { return host.files["/sys/fs/cgroup/cpuset.cpus.isolated"]; }
    Isolation isolation(const FakeVm& vm) { return ledger().find(vm.uuid)->isolation; }

    /// What the host's writes have in common with a text.
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
    std::string reconcile_all() {
        Report report;
        CHECK(reconcile(host, report));
        std::string text;
        for (const auto& entry : report.entries)
            text += entry.message + "\n";
        return text;
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

TEST_CASE("slices keep the host off until the partitions do, and are given back then") {
    PartitionWorld world;
    REQUIRE(world.libvirt.call(world.one, Step::prepare).code == ExitCode::done);
    CHECK(world.slice() == "");
    REQUIRE(world.libvirt.call(world.one, Step::start).code == ExitCode::done);
    CHECK(world.slice() == "0-3,6-7");
    REQUIRE(world.libvirt.launch(world.one));
    CHECK(text_of(world.libvirt.call(world.one, Step::started)) == "");
    CHECK(world.both(world.one) == "isolated, isolated");
    CHECK(world.isolated() == "4-5\n");
    CHECK(to_list(world.host.cgroups.effective("system.slice")) == "0-3,6-7");
    CHECK((world.slice() == "" || world.slice() == "0-7"));
    CHECK(world.exclusive("/machine.slice") == "4-5");
    CHECK(world.exclusive(world.one.scope + "/libvirt") == "4-5");
    CHECK(world.exclusive(world.one.scope + "/libvirt/vcpu1") == "5");
    CHECK(world.isolation(world.one) == Isolation::partitioned);
    CHECK(world.host.files["/sys/devices/virtual/workqueue/cpumask"] == "ff\n"); // the kernel's own business now
    CHECK(world.found_by_verify() == "");
    world.libvirt.bring_down(world.host, world.one);
    CHECK(difference(world.before, world.host.snapshot()) == "");
    CHECK(world.ledger().records.empty());
}

TEST_CASE("where one vCPU gets no partition, none does: slices stay, and the kernel's reason is told") {
    PartitionWorld world;
    world.host.partitions.impossible = {"/machine.slice/machine-qemu\\x2d1\\x2dvm1.scope/libvirt/vcpu1"};
    const auto outcome = world.start_up(world.one);
    CHECK(outcome.code == ExitCode::done);
    const auto text = text_of(outcome);
    CHECK(text.starts_with("no isolated partitions, so slices keep the host off the VM's CPUs: "));
    CHECK(text.find("libvirt/vcpu1/cpuset.cpus.partition: wrote 'isolated', and the kernel made it 'isolated invalid (Parent "
                    "unable to distribute cpu downstream)'") != std::string::npos);
    CHECK(world.both(world.one) == "member, member");
    CHECK(world.exclusive("/machine.slice") == "");
    CHECK(world.exclusive(world.one.scope + "/libvirt/vcpu0") == "");
    CHECK(world.isolation(world.one) == Isolation::fallen_back);
    CHECK(world.slice() == "0-3,6-7");
    CHECK(world.host.files["/sys/devices/virtual/workqueue/cpumask"] == "cf\n");
    CHECK(world.found_by_verify() == "");
    world.host.writes.clear();
    CHECK(text_of(world.libvirt.call(world.host, world.one, "reconnect", "begin")) == "");
    CHECK(world.host.writes.empty()); // and it is not tried again
    world.libvirt.bring_down(world.host, world.one);
    CHECK(difference(world.before, world.host.snapshot()) == "");
}

TEST_CASE("a partition that is required and does not come is an error in the journal, and never stops a running VM") {
    PartitionWorld world(policy + "enforce = \"required\"\n");
    world.host.partitions.impossible = {"/machine.slice/machine-qemu\\x2d1\\x2dvm1.scope/libvirt/vcpu0"};
    const auto outcome = world.start_up(world.one);
    CHECK(outcome.code == ExitCode::done);
    REQUIRE_FALSE(outcome.report.entries.empty());
    CHECK(outcome.report.entries.front().severity == Severity::error);
    CHECK(world.slice() == "0-3,6-7");
}

TEST_CASE("a thread in no cgroup of its own: partitions fail as a whole") {
    PartitionWorld world;
    REQUIRE(world.libvirt.call(world.one, Step::prepare).code == ExitCode::done);
    REQUIRE(world.libvirt.call(world.one, Step::start).code == ExitCode::done);
    REQUIRE(world.libvirt.launch(world.one));
    const auto task = "/proc/" + std::to_string(world.one.pid) + "/task/" + std::to_string(world.one.pid + 2) + "/cgroup";
    world.host.files[task] = "0::/\n";
    const auto text = text_of(world.libvirt.call(world.one, Step::started));
    CHECK(text.find("not every vCPU of QEMU is in a cgroup of its own") != std::string::npos);
    CHECK(world.vcpu(world.one, 0) == "member");
    CHECK(world.isolation(world.one) == Isolation::fallen_back);
    CHECK(world.slice() == "0-3,6-7");
}

TEST_CASE("two VMs: machine.slice has the CPUs of both, and the coming and going of one leaves the other's partitions alone") {
    for (const bool first_goes_first : {true, false}) {
        PartitionWorld world;
        world.start_up(world.one);
        world.host.writes.clear();
        world.start_up(world.two);
        CHECK(world.writes_with("vm1.scope") == 0);
        CHECK(world.exclusive("/machine.slice") == "4-7");
        CHECK(world.both(world.one) == "isolated, isolated");
        CHECK(world.both(world.two) == "isolated, isolated");
        CHECK(world.isolated() == "4-7\n");
        FakeVm& goes = first_goes_first ? world.one : world.two;
        FakeVm& stays = first_goes_first ? world.two : world.one;
        world.libvirt.bring_down(world.host, goes);
        CHECK(world.both(stays) == "isolated, isolated");
        CHECK(world.exclusive("/machine.slice") == (first_goes_first ? "6-7" : "4-5"));
        CHECK(world.found_by_verify() == "");
        world.libvirt.bring_down(world.host, stays);
        CHECK(difference(world.before, world.host.snapshot()) == "");
    }
}

TEST_CASE("a second VM on the CPUs of the first has no partitions, and the first one keeps its own") {
    PartitionWorld world;
    world.start_up(world.one);
    world.two.pins = "5,6";
    const auto text = text_of(world.start_up(world.two));
    CHECK(text.find("no isolated partitions") != std::string::npos);
    CHECK(world.both(world.one) == "isolated, isolated");
    CHECK(world.both(world.two) == "member, member");
    CHECK(world.exclusive("/machine.slice") == "4-5");
    CHECK(world.slice() == "0-4,7");
    world.libvirt.bring_down(world.host, world.one);
    world.libvirt.bring_down(world.host, world.two);
    CHECK(difference(world.before, world.host.snapshot()) == "");
}

TEST_CASE("QEMU killed: the kernel takes the partitions back, the release what machine.slice has left of them") {
    PartitionWorld world;
    world.start_up(world.one);
    world.start_up(world.two);
    world.libvirt.quit(world.one);
    CHECK(world.isolated() == "6-7\n");
    CHECK(world.exclusive("/machine.slice") == "4-7");
    CHECK(text_of(world.libvirt.call(world.one, Step::stopped)) == "");
    CHECK(text_of(world.libvirt.call(world.host, world.two, "reconnect", "begin")) == ""); // nobody misses the dead one's cgroups
    CHECK(text_of(world.libvirt.call(world.one, Step::release)) == "");
    CHECK(world.exclusive("/machine.slice") == "6-7");
    CHECK(world.both(world.two) == "isolated, isolated");
    world.libvirt.quit(world.two); // and now the daemon with it
    world.libvirt.kill_daemon();
    world.reconcile_all();
    CHECK(difference(world.before, world.host.snapshot()) == "");
    CHECK(world.ledger().records.empty());
}

TEST_CASE("a CPU that was unplugged and came back: the broken partition is found, and reconcile makes it again") {
    PartitionWorld world;
    world.start_up(world.one);
    world.host.partitions.set_online({0, 1, 2, 3, 4, 6, 7});
    world.host.partitions.set_online(CpuSet::range(0, 7));
    CHECK(world.vcpu(world.one, 1) == "isolated invalid (No cpu available due to hotplug)"); // as the kernel leaves it
    CHECK(world.found_by_verify().find("libvirt/vcpu1/cpuset.cpus.partition: not at its wanted value") != std::string::npos);
    CHECK(world.reconcile_all() == "");
    CHECK(world.both(world.one) == "isolated, isolated");
    CHECK(world.isolated() == "4-5\n");
    CHECK(world.found_by_verify() == "");
}

TEST_CASE("a CPU that stays away: slices take over, and the host comes back all the same") {
    PartitionWorld world;
    world.start_up(world.one);
    world.host.partitions.set_online({0, 1, 2, 3, 4, 6, 7});
    CHECK(world.reconcile_all().find("No cpu available due to hotplug") != std::string::npos);
    CHECK(world.both(world.one) == "member, member");
    CHECK(world.isolation(world.one) == Isolation::fallen_back);
    CHECK(world.slice() == "0-3,6-7");
    world.host.partitions.set_online(CpuSet::range(0, 7));
    world.libvirt.bring_down(world.host, world.one);
    CHECK(difference(world.before, world.host.snapshot()) == "");
}

TEST_CASE("the daemon restarts: partitions are looked at and not touched") {
    PartitionWorld world;
    world.start_up(world.one);
    world.libvirt.kill_daemon();
    world.libvirt.restart_daemon();
    world.host.writes.clear();
    CHECK(text_of(world.libvirt.call(world.host, world.one, "reconnect", "begin")) == "");
    CHECK(world.host.writes.empty());
    CHECK(world.both(world.one) == "isolated, isolated");
    world.host.files["/sys/fs/cgroup" + world.one.scope + "/libvirt/vcpu0/cpuset.cpus.partition"] =
        "member\n"; // broken by somebody
    world.libvirt.call(world.host, world.one, "reconnect", "begin");
    CHECK(world.both(world.one) == "isolated, isolated");
}

TEST_CASE("auto takes partitions where the vCPUs are pinned one to one, and slices where they are not") {
    const std::string automatic = "version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n"
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
