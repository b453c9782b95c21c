// The CPUs that are left to the host: sets that were unset, that others share, or that would become
// empty.
#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/knob_world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
std::string policy_of(const std::string& keys) {
    return "version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n" + keys;
}

const std::string slices = "[cpus]\nisolate = \"pinned\"\nmethod = \"slices\"\nkeep_siblings = \"allow\"\n";
const std::string required = "enforce = \"required\"\n";

struct CpuWorld : World {
    explicit CpuWorld(const std::string& keys) : World(policy_of(keys)) { pool(1).persistent = 128; }

    HookOutcome start(const FakeVm& vm) {
        auto outcome = libvirt.call(vm, Step::prepare);
        return outcome.code == ExitCode::done ? libvirt.call(vm, Step::start) : outcome;
    }
    HookOutcome release(const FakeVm& vm) {
        libvirt.call(vm, Step::stopped);
        return libvirt.call(vm, Step::release);
    }
    std::string cpus_of(const std::string& name) {
        return host.read("/sys/fs/cgroup/" + name + "/cpuset.cpus").value_or("gone\n");
    }
    std::string tasks_of(const std::string& name) { return to_list(host.cgroups.task_cpus(name)); }
    std::string text(const std::string& path) { return host.files.at(path); }
    void boot_with_isolcpus(const std::string& cpus) {
        host.files["/sys/devices/system/cpu/isolated"] = cpus + "\n";
        for (const char* name : {"init.scope", "system.slice", "user.slice"}) {
            host.cgroups.remove(name);
            host.cgroups.add(name);
        }
    }
    void reconcile_now() {
        Call call;
        CHECK(reconcile(host, call));
    }
};

bool says(const HookOutcome& outcome, const std::string& piece) {
    return std::any_of(outcome.report.entries.begin(), outcome.report.entries.end(),
                       [&](const auto& entry) { return entry.message.find(piece) != std::string::npos; }) ||
           outcome.reason.find(piece) != std::string::npos;
}

void interrupt(FakeHost& host, unsigned number, const std::string& cpus) {
    host.files["/proc/irq/" + std::to_string(number) + "/smp_affinity_list"] = cpus + "\n";
}
} // namespace

TEST_CASE(
    "slices that were unset keep the host's tasks off the CPUs isolated at boot after the VM has ended") {
    for (const std::string pins : {"6,7", "4,5", "5,6"})
        for (const bool can_clear : {false, true}) {
            CAPTURE(pins);
            CpuWorld world(slices);
            world.boot_with_isolcpus("6-7");
            world.host.cgroups.can_clear = can_clear;
            REQUIRE(world.tasks_of("system.slice") == "0-5");
            const FakeVm vm = make_vm(1, 64, 1, pins);
            REQUIRE(world.start(vm).code == ExitCode::done);
            CHECK_FALSE(world.host.cgroups.task_cpus("system.slice")
                            .intersects(vm.pin_of(0) | vm.pin_of(1) | CpuSet{6, 7}));
            CHECK(world.release(vm).code == ExitCode::done);
            world.host.cgroups.daemon_reload();
            world.host.cgroups.realize();
            for (const char* name : {"init.scope", "system.slice", "user.slice"})
                CHECK(world.tasks_of(name) == "0-5");
            CHECK_FALSE(world.ledger().has_records());
        }
}

TEST_CASE("slices are set even for a VM with only CPUs isolated at boot, and stay set, because inherited "
          "affinities may change") {
    CpuWorld world(slices);
    world.boot_with_isolcpus("6-7");
    const FakeVm vm = make_vm(1, 64, 1, "6,7");
    REQUIRE(world.start(vm).code == ExitCode::done);
    CHECK(world.cpus_of("system.slice") == "0-5\n");
    CHECK(verify(world.host, world.ledger()).empty());
    world.release(vm);
    CHECK(world.cpus_of("system.slice") == "0-5\n");
    CHECK_FALSE(world.ledger().has_records());
    const std::string drop_in = "/run/systemd/system.control/system.slice.d/00-hostlease-isolcpus.conf";
    const std::string text = world.text(drop_in);
    CHECK(text.find("[Slice]\nAllowedCPUs=0-5\n") != std::string::npos);
    REQUIRE(world.start(vm).code == ExitCode::done); // a second time
    world.release(vm);
    CHECK(world.text(drop_in) == text);
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("on a host with isolcpus=, no partition is made, because its end would let tasks onto the isolated "
          "CPUs") {
    CpuWorld world("[cpus]\nmethod = \"partition\"\n");
    world.host.partitions.enable();
    world.boot_with_isolcpus("6-7");
    FakeVm vm = make_vm(1, 64, 1, "6,7");
    const auto outcome = world.libvirt.call(vm, Step::prepare);
    CHECK(outcome.code == ExitCode::done);
    CHECK(says(outcome, "isolcpus=6-7"));
    world.libvirt.bring_down(world.host, vm);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(world.text("/sys/fs/cgroup/cpuset.cpus.isolated") == "\n");
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.tasks_of("system.slice") == "0-5");
}

TEST_CASE("another program's partition stays valid before, during and after the lease, and keeps its CPUs to "
          "itself") {
    for (const bool can_clear : {false, true}) {
        CpuWorld world(slices);
        world.host.cgroups.can_clear = can_clear;
        world.host.cgroups.add_partition("rt", {2, 3});
        REQUIRE(world.host.cgroups.partition_state("rt") == "isolated");
        const FakeVm vm = make_vm(1, 64, 1, "6,7");
        REQUIRE(world.start(vm).code == ExitCode::done);
        CHECK(world.host.cgroups.partition_state("rt") == "isolated");
        CHECK(world.cpus_of("rt") == "2-3\n");
        CHECK(world.tasks_of("system.slice") == "0-1,4-5");
        world.reconcile_now();
        CHECK(world.release(vm).code == ExitCode::done);
        CHECK(world.host.cgroups.partition_state("rt") == "isolated");
        CHECK(world.tasks_of("system.slice") == "0-1,4-7");
        CHECK(verify(world.host, world.ledger()).empty());
        // otherwise records remain until all CPUs can be restored
        CHECK(world.ledger().has_records() != can_clear);
        world.host.cgroups.end_partition("rt");
        world.reconcile_now();
        CHECK(world.tasks_of("system.slice") == "0-7");
        CHECK_FALSE(world.ledger().has_records());
    }
}

TEST_CASE("a partition that begins while a VM runs is excluded from restored CPUs, and a partition that ends "
          "is included") {
    CpuWorld world(slices);
    const FakeVm vm = make_vm(1, 64, 1, "6,7");
    REQUIRE(world.start(vm).code == ExitCode::done);
    world.host.cgroups.add_partition("rt", {2, 3}); // invalid, because the slices have its CPUs
    world.reconcile_now();
    CHECK(world.tasks_of("system.slice") == "0-1,4-5");
    world.host.cgroups.add_partition("rt", {2, 3}); // its owner tries again
    CHECK(world.host.cgroups.partition_state("rt") == "isolated");
    CHECK(world.release(vm).code == ExitCode::done);
    CHECK(world.host.cgroups.partition_state("rt") == "isolated");
}

TEST_CASE("CPUs of an invalid partition are excluded from restored CPUs, and included when it ends") {
    CpuWorld world(slices);
    const FakeVm vm = make_vm(1, 64, 1, "6,7");
    REQUIRE(world.start(vm).code == ExitCode::done);
    world.host.cgroups.add_partition("rt", {2, 3});
    REQUIRE(world.host.cgroups.partition_state("rt") != "isolated");
    CHECK(world.release(vm).code == ExitCode::done);
    CHECK(world.tasks_of("system.slice") == "0-1,4-7");
    CHECK(world.ledger().leases.empty());
    world.host.cgroups.end_partition("rt");
    world.reconcile_now();
    CHECK(world.tasks_of("system.slice") == "0-7");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a VM that is pinned into another program's partition gets a message, or is refused if libvirt "
          "could not pin it") {
    CpuWorld world(slices);
    world.host.cgroups.add_partition("rt", {6, 7});
    const auto refused = world.libvirt.call(make_vm(1, 64, 1, "6,7"), Step::prepare);
    CHECK(refused.code != ExitCode::done);
    CHECK(says(refused, "'rt'"));
    const auto told = world.libvirt.call(make_vm(2, 64, 1, "5-7"), Step::prepare);
    CHECK(told.code == ExitCode::done);
    CHECK(says(told, "CPU 6-7 of VM 'vm2' belongs to the cgroup partition 'rt'"));
    world.host.files[World::policy_file] = policy_of(slices + required);
    CHECK(world.libvirt.call(make_vm(3, 64, 1, "5-7"), Step::prepare).code != ExitCode::done);
}

TEST_CASE("a slice that becomes one of VMs gets its earlier CPUs at the next call") {
    CpuWorld world(slices);
    world.host.cgroups.add("vms.slice");
    const FakeVm vm = make_vm(1, 64);
    REQUIRE(world.start(vm).code == ExitCode::done);
    CHECK(world.tasks_of("vms.slice") == "0-3,6-7");
    world.host.directories.insert("/sys/fs/cgroup/vms.slice/machine-qemu\\x2d9\\x2dother.scope");
    CHECK(verify(world.host, world.ledger()).size() == 1);
    world.reconcile_now();
    CHECK(world.tasks_of("vms.slice") == "0-7");
    CHECK(world.tasks_of("system.slice") == "0-3,6-7");
}

TEST_CASE("a container that ends meanwhile is no failure, even for a required key") {
    for (const bool when_written : {true, false})
        for (const bool at_start : {true, false}) {
            CAPTURE(when_written);
            CAPTURE(at_start);
            CpuWorld world(slices + required);
            world.host.cgroups.add("lxc.payload.web");
            world.host.cgroups.ends_when_written = when_written;
            const FakeVm vm = make_vm(1, 64);
            REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
            if (at_start) world.host.cgroups.ending = {"lxc.payload.web"};
            CHECK(world.libvirt.call(vm, Step::start).code == ExitCode::done);
            if (!at_start) world.host.cgroups.ending = {"lxc.payload.web"};
            CHECK(world.release(vm).code == ExitCode::done);
            CHECK(world.host.cgroups.ending.empty());
            CHECK_FALSE(world.ledger().has_records());
            CHECK(world.ledger().leases.empty());
            CHECK(world.tasks_of("system.slice") == "0-7");
        }
}

TEST_CASE("a host without cgroups of its own has nothing that slices could restrict") {
    for (const bool is_required : {false, true}) {
        CpuWorld world(slices + (is_required ? required : ""));
        for (const char* name : {"init.scope", "system.slice", "user.slice"})
            world.host.cgroups.remove(name);
        const auto outcome = world.libvirt.call(make_vm(1, 64), Step::prepare);
        CHECK((outcome.code == ExitCode::done) == !is_required);
        CHECK(says(outcome, "hostlease cannot keep the host off CPU 4-5"));
    }
}

TEST_CASE("two VMs that are pinned to all CPUs never leave a knob without CPUs: the second one is warned or "
          "refused") {
    for (const std::string key :
         {"[irqs]\naffinity = \"housekeeping\"\n", "[irqs]\nbalancer = \"ban\"\n",
          "[workqueues]\naffinity = \"housekeeping\"\n", "[kernel]\nwatchdog = \"housekeeping\"\n",
          "[kthreads]\naffinity = \"housekeeping\"\n"})
        for (const bool is_required : {false, true}) {
            CAPTURE(key);
            CpuWorld world(key + (is_required ? required : ""));
            REQUIRE(world.start(make_vm(1, 64, 1, "0-3")).code == ExitCode::done);
            const auto with_one = world.host.snapshot();
            const auto outcome = world.libvirt.call(make_vm(2, 64, 1, "4-7"), Step::prepare);
            CHECK((outcome.code == ExitCode::done) == !is_required);
            CHECK(says(outcome, "CPU 4-7 and those of VM 'vm1', 0-3, are all that the host has"));
            world.libvirt.call(make_vm(2, 64, 1, "4-7"), Step::start);
            CHECK(changed_files(with_one, world.host.snapshot()).empty());
        }
}

TEST_CASE("CPUs that are offline, or isolated at boot, do not count as left to the host") {
    CpuWorld world("[irqs]\naffinity = \"housekeeping\"\n");
    world.host.files["/sys/devices/system/cpu/possible"] = "0-15\n";
    CHECK(says(world.libvirt.call(make_vm(1, 64, 1, "0-7"), Step::prepare), "all that the host has"));
    world.boot_with_isolcpus("6-7");
    CHECK(says(world.libvirt.call(make_vm(2, 64, 1, "0-5"), Step::prepare),
               "CPU 0-5 is all that the host has besides CPU 6-7, which isolcpus= or a partition isolates"));
}

TEST_CASE("an interrupt whose own CPUs are the VM's or offline may use any CPU that is left") {
    CpuWorld world("[irqs]\naffinity = \"housekeeping\"\n");
    world.host.files["/sys/devices/system/cpu/possible"] = "0-15\n";
    interrupt(world.host, 27, "4,12");
    const FakeVm vm = make_vm(1, 64);
    REQUIRE(world.start(vm).code == ExitCode::done);
    CHECK(world.text("/proc/irq/27/smp_affinity_list") == "0-3,6-15\n");
    world.release(vm);
    CHECK(world.text("/proc/irq/27/smp_affinity_list") == "4,12\n");
}

TEST_CASE("an interrupt that another program set to the leased value does not count as created with it") {
    CpuWorld world("[irqs]\naffinity = \"housekeeping\"\n");
    interrupt(world.host, 27, "0-3,6-7");
    const FakeVm vm = make_vm(1, 64);
    REQUIRE(world.start(vm).code == ExitCode::done);
    world.host.open_interrupt(50, "amdgpu");
    REQUIRE(world.text("/proc/irq/50/smp_affinity_list") == "0-3,6-7\n");
    world.release(vm);
    CHECK(world.text("/proc/irq/50/smp_affinity_list") == "0-7\n");
    CHECK(world.text("/proc/irq/27/smp_affinity_list") == "0-3,6-7\n");
}

TEST_CASE(
    "an interrupt that was set up on the only CPU that a VM left of its node gets the node's CPUs back") {
    CpuWorld world("[irqs]\naffinity = \"housekeeping\"\n");
    const FakeVm vm = make_vm(1, 64, 1, "5,6,7");
    REQUIRE(world.start(vm).code == ExitCode::done);
    world.host.open_interrupt(50, "nvme0q1");
    world.host.files["/proc/irq/50/node"] = "1\n";
    world.host.files["/proc/irq/50/smp_affinity_list"] = "4\n"; // the default mask, on node 1
    world.release(vm);
    CHECK(world.text("/proc/irq/50/smp_affinity_list") == "4-7\n");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("an interrupt whose mask only the kernel sets is not kept on record for ever") {
    for (const int error : {EIO, EPERM}) {
        CpuWorld world("[irqs]\naffinity = \"housekeeping\"\n");
        const FakeVm vm = make_vm(1, 64, 1, "5,6,7");
        REQUIRE(world.start(vm).code == ExitCode::done);
        world.host.open_interrupt(50, "virtio0-req.0");
        world.host.files["/proc/irq/50/node"] = "1\n";
        world.host.files["/proc/irq/50/smp_affinity_list"] = "4\n"; // managed: the other CPUs were offline
        world.host.write_errors["/proc/irq/50/smp_affinity_list"] = error;
        world.release(vm);
        Call call;
        CHECK(reconcile(world.host, call));
        CHECK(world.text("/proc/irq/50/smp_affinity_list") == "4\n");
        CHECK_FALSE(world.ledger().has_records());
    }
}

TEST_CASE("an interrupt that returns from a VM to the host gets its value before the VM") {
    CpuWorld world("[irqs]\nvfio = \"pinned\"\n");
    world.host.files["/etc/hostlease/other.toml"] =
        "version = 1\n[match]\ndomain = [\"two\"]\n[hugepages]\nreserve = \"leave\"\n[irqs]\naffinity = "
        "\"housekeeping\"\n";
    FakeVm one = make_vm(1, 64);
    FakeVm two = make_vm(2, 32, 1, "6,7");
    two.name = "two";
    const std::string file = "/proc/irq/40/smp_affinity_list";
    REQUIRE(world.libvirt.bring_up(world.host, one));
    REQUIRE(world.text(file) == "4-5\n");
    REQUIRE(world.libvirt.bring_up(world.host, two));
    world.host.close_interrupt(40);
    world.host.open_interrupt(40, "ehci_hcd:usb1"); // not MSI: number and mask stay
    REQUIRE(world.text(file) == "4-5\n");
    world.libvirt.bring_down(world.host, one);
    CHECK(world.text(file) == "0-5\n");
    world.libvirt.bring_down(world.host, two);
    CHECK(world.text(file) == "0-7\n");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("on a fake host, the mask of workqueues is restored as well, whichever of its files exist") {
    for (const bool has_requested : {false, true}) {
        CAPTURE(has_requested);
        CpuWorld world("[workqueues]\naffinity = \"housekeeping\"\n");
        const std::string mask = "/sys/devices/virtual/workqueue/cpumask";
        world.host.is_own_root = true;
        if (has_requested) world.host.files[mask + "_requested"] = "ff\n";
        FakeVm vm = make_vm(1, 64);
        const auto before = world.host.snapshot();
        REQUIRE(world.libvirt.bring_up(world.host, vm));
        CHECK(world.host.files[mask] != "ff\n");
        CHECK(verify(world.host, world.ledger()).empty());
        world.libvirt.bring_down(world.host, vm);
        CHECK(difference(before, world.host.snapshot()) == "");
        CHECK(world.ledger().records.empty());
    }
}

TEST_CASE("a slice that begins while a VM runs is kept off its CPUs by the next reconcile, which names it") {
    CpuWorld world(slices);
    const FakeVm vm = make_vm(1, 64);
    REQUIRE(world.start(vm).code == ExitCode::done);
    world.host.cgroups.add("batch.slice");
    CHECK_FALSE(verify(world.host, world.ledger()).empty());
    Call call;
    call.changes.emplace();
    CHECK(reconcile(world.host, call));
    CHECK(world.tasks_of("batch.slice") == "0-3,6-7");
    CHECK(std::any_of(call.changes->begin(), call.changes->end(), [](const Change& change) {
        return change.path.find("/batch.slice/") != std::string::npos && change.from != change.to;
    }));
    CHECK(verify(world.host, world.ledger()).empty());
}
