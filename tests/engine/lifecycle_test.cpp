#include "engine/ending.hpp"
#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/faulty_host.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE(
    "a start leases the pages before QEMU starts and the rest before it runs; a stop restores all of it") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm guest = make_vm(1, 512);

    REQUIRE(world.libvirt.call(guest, Step::prepare).code == ExitCode::done);
    CHECK(world.pool(1).persistent == 512);
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "60\n"); // before start, only memory changes
    REQUIRE(world.libvirt.call(guest, Step::start).code == ExitCode::done);
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "10\n");
    CHECK(world.host.files["/sys/kernel/mm/ksm/run"] == "0\n");
    CHECK(world.host.files["/sys/kernel/mm/transparent_hugepage/enabled"] == "always madvise [never]\n");
    CHECK(world.host.files["/sys/devices/system/cpu/cpufreq/policy4/scaling_governor"] == "performance\n");
    CHECK(world.host.files["/sys/devices/system/cpu/cpufreq/policy3/scaling_governor"] == "schedutil\n");
    CHECK(world.host.files["/sys/kernel/mm/lru_gen/min_ttl_ms"] == "1000\n");
    REQUIRE(world.libvirt.launch(guest));
    REQUIRE(world.libvirt.call(guest, Step::started).code == ExitCode::done);
    CHECK(world.ledger().leases.front().state == LeaseState::running);
    CHECK(world.ledger().leases.front().qemu.pid == guest.pid);

    world.libvirt.bring_down(world.host, guest);
    CHECK(world.host.snapshot() == before);
    CHECK(world.ledger().leases.empty());
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a VM without a policy leaves no trace") {
    World world;
    FakeVm guest = make_vm(1, 512);
    guest.name = "other";
    const auto before = world.host.snapshot();
    const auto directories = world.host.directories;
    for (const auto step : {Step::prepare, Step::start, Step::started, Step::stopped, Step::release})
        CHECK(world.libvirt.call(guest, step).code == ExitCode::done);
    CHECK(world.host.snapshot() == before);
    CHECK(world.host.directories == directories);
    CHECK(world.host.writes.empty());
}

TEST_CASE("a refusal because of another VM's claim names both VMs' policy lines") {
    World world("version = 1\n[match]\ndomain = \"vm*\"\n[memory]\nswappiness = 10\n");
    world.host.files["/etc/hostlease/vm2.toml"] =
        "version = 1\n[memory]\nenforce = \"required\"\nswappiness = 20\n";
    FakeVm first = make_vm(1, 16);
    REQUIRE(world.libvirt.bring_up(world.host, first));
    const auto before = world.host.snapshot();
    const auto outcome = world.libvirt.call(make_vm(2, 16), Step::prepare);
    CHECK(outcome.code == ExitCode::failed);
    CHECK(outcome.reason == "hostlease: VM 'vm2': /etc/hostlease/vm2.toml:4:14: memory.swappiness = 20 "
                            "cannot be granted: VM 'vm1' holds /proc/sys/vm/swappiness at 10 "
                            "(/etc/hostlease/vms.toml:5:14) (give both policies the same value)");
    CHECK(difference(before, world.host.snapshot()) == "");
}

TEST_CASE("an admin's own changes while a VM runs are kept") {
    World world;
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    world.host.files["/proc/sys/vm/swappiness"] = "33\n";
    world.pool(1).persistent += 10;
    world.libvirt.bring_down(world.host, guest);
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "33\n");
    CHECK(world.host.files["/sys/kernel/mm/ksm/run"] == "1\n");
    CHECK(world.pool(1).persistent == 10);
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE(
    "a value that another program restored to the baseline is no drift, and the next call writes it again") {
    World world;
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    world.host.files["/proc/sys/vm/swappiness"] = "60\n";
    world.libvirt.call(world.host, guest, "reconnect", "begin");
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "10\n");
}

TEST_CASE("a failing required claim at start releases everything and refuses the start") {
    World world;
    world.host.files[World::policy_file] =
        "version = 1\n[match]\ndomain = \"vm*\"\n[[sysfs]]\npath = "
        "\"/proc/sys/kernel/numa_balancing_x\"\nvalue = 77\nenforce = \"required\"\n"
        "[memory]\nenforce = \"required\"\nswappiness = 10\n";
    world.host.files["/proc/sys/kernel/numa_balancing_x"] = "1\n";
    const auto before = world.host.snapshot();
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.call(guest, Step::prepare).code == ExitCode::done);
    // the value has become impossible
    world.host.links["/proc/sys/kernel/numa_balancing_x"] = "/proc/sys/kernel/numa_balancing";
    const auto outcome = world.libvirt.call(guest, Step::start);
    CHECK(outcome.code == ExitCode::failed);
    CHECK(outcome.reason.find("numa_balancing") != std::string::npos);
    CHECK(world.host.snapshot() == before);
    world.libvirt.bring_down(world.host, guest);
    CHECK(world.host.snapshot() == before);
}

TEST_CASE("only claims in force make a failure a required one") {
    const KnobFailure failure{"cpus.isolate", "system.slice", {ErrorKind::io, "no", {}, 0}};
    Lease lease;
    lease.claims = {{.knob = "cpus.isolate",
                     .target = EveryTarget{},
                     .enforce = Enforce::required,
                     .phase = Phase::start}};
    lease.state = LeaseState::prepared;
    CHECK_FALSE(is_required(lease, failure));
    lease.state = LeaseState::starting;
    CHECK(is_required(lease, failure));
    lease.claims.front().condition = Condition::unless_partitioned;
    CHECK(is_required(lease, failure));
    lease.isolation = Isolation::partitioned;
    CHECK_FALSE(is_required(lease, failure));
}

TEST_CASE("a required claim on every target refuses the start if one target fails") {
    for (const bool required : {false, true}) {
        World world(
            std::string(
                "version = 1\nmatch.domain = \"vm*\"\n[cpus]\nisolate = \"pinned\"\nmethod = \"slices\"\n") +
            (required ? "enforce = \"required\"\n" : ""));
        const auto before = world.host.snapshot();
        FakeVm guest = make_vm(1, 512);
        REQUIRE(world.libvirt.call(guest, Step::prepare).code == ExitCode::done);
        world.host.cgroups.refusing = {"system.slice"};
        const auto outcome = world.libvirt.call(guest, Step::start);
        CHECK((outcome.code == ExitCode::failed) == required);
        CHECK((outcome.reason.find("system.slice was to have the CPUs") != std::string::npos) == required);
        world.host.cgroups.refusing.clear();
        world.libvirt.bring_down(world.host, guest);
        CHECK(difference(before, world.host.snapshot()) == "");
    }
}

TEST_CASE("killed or failing between a slice's drop-in and systemd: the drop-in has the other VM's value "
          "again once the VM is gone") {
    const std::string drop_in = "/run/systemd/system.control/system.slice.d/zz-hostlease.conf";
    for (const auto fault : {FaultyHost::Fault::die_before, FaultyHost::Fault::fail}) {
        World world("version = 1\n[match]\ndomain = \"vm*\"\n[cpus]\nmethod = \"slices\"\n");
        FakeVm one = make_vm(1, 16);
        FakeVm two = make_vm(2, 16, 1, "6,7");
        REQUIRE(world.libvirt.bring_up(world.host, one));
        const std::string text = world.host.files[drop_in];
        REQUIRE(world.libvirt.call(two, Step::prepare).code == ExitCode::done);
        FaultyHost faulty(world.host, fault, 0);
        faulty.at_change_of("system.slice");
        try {
            world.libvirt.call(faulty, two, Step::start);
        } catch (const Died&) {
        }
        CHECK(world.host.files[drop_in] != text);
        world.libvirt.bring_down(world.host, two);
        CHECK(world.host.files[drop_in] == text);
        world.libvirt.bring_down(world.host, one);
        CHECK_FALSE(world.host.files.contains(drop_in));
    }
}

TEST_CASE("a failing best-effort claim is reported and does not stop the start") {
    World world;
    world.host.files[World::policy_file] = "version = 1\n[match]\ndomain = \"vm*\"\n[[sysfs]]\npath = "
                                           "\"/sys/kernel/mm/lru_gen/min_ttl_ms\"\nvalue = 5\n";
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.call(guest, Step::prepare).code == ExitCode::done);
    world.host.files.erase("/sys/kernel/mm/lru_gen/min_ttl_ms");
    const auto outcome = world.libvirt.call(guest, Step::start);
    CHECK(outcome.code == ExitCode::done);
    REQUIRE(outcome.report.entries.size() == 1);
    CHECK(outcome.report.entries.front().severity == Severity::warning);
    CHECK(outcome.report.entries.front().message.find("min_ttl_ms no longer exists although a VM holds it") !=
          std::string::npos);
}

TEST_CASE("release works with empty stdin, without a policy, twice, and for a VM never seen") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    world.libvirt.quit(guest);
    world.host.files.erase(World::policy_file);
    for (int round = 0; round < 2; ++round) {
        const auto outcome = run_hook(
            world.host, HookCall{"vm1", "release", "end", "crashed", 900, [] { return std::string(); }});
        CHECK(outcome.code == ExitCode::done);
        world.host.files[World::policy_file] = full_policy;
        CHECK(world.host.snapshot() == before);
        world.host.files.erase(World::policy_file);
    }
    CHECK(run_hook(world.host, HookCall{"never", "release", "end", "-", 900, [] { return std::string(); }})
              .code == ExitCode::done);
}

TEST_CASE("a prepare for a VM whose release was lost starts from scratch") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    world.libvirt.quit(guest);
    guest.pages = 256;
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    CHECK(world.pool(1).persistent == 256);
    world.libvirt.bring_down(world.host, guest);
    CHECK(world.host.snapshot() == before);
}

TEST_CASE("start without a prepare takes the whole lease") {
    World world;
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.call(guest, Step::start).code == ExitCode::done);
    CHECK(world.pool(1).persistent == 512);
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "10\n");
}

TEST_CASE("two VMs that disagree: the first one's value stays until it stops") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm first = make_vm(1, 16);
    REQUIRE(world.libvirt.bring_up(world.host, first));
    world.host.files[World::policy_file] =
        "version = 1\n[match]\ndomain = \"vm*\"\n[memory]\nswappiness = 20\n";
    FakeVm second = make_vm(2, 16);
    REQUIRE(world.libvirt.bring_up(world.host, second));
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "10\n");
    world.libvirt.bring_down(world.host, first);
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "20\n");
    world.libvirt.bring_down(world.host, second);
    world.host.files[World::policy_file] = full_policy;
    CHECK(world.host.snapshot() == before);
}

TEST_CASE("a VM migrated within one machine: releasing the other ledger's pages keeps those of this one") {
    for (const bool noticed_while_running : {false, true}) {
        World world;
        const auto before = world.host.snapshot();
        world.pool(1).persistent = 32; // belongs to the source, leased by another daemon's hook
        world.pool(1).in_use = 32;
        FakeVm target = make_vm(1, 32);
        REQUIRE(world.libvirt.bring_up(world.host, target));
        world.pool(1).in_use -= 32; // the source frees its pages
        world.pool(1).persistent -= 32;
        Call call;
        if (noticed_while_running) CHECK(reconcile(world.host, call));
        world.libvirt.bring_down(world.host, target);
        CHECK(difference(before, world.host.snapshot()) == "");
    }
}

TEST_CASE("a hook whose daemon died before the check holds nothing for long: reconcile treats it as dead") {
    World world;
    const auto before = world.host.snapshot();
    const FakeVm vm = make_vm(1, 32);
    world.host.files["/proc/1/stat"] = "1 (systemd) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0\n";
    REQUIRE(
        run_hook(world.host, HookCall{vm.name, "prepare", "begin", "-", 1, [&] { return vm.xml(); }}).code ==
        ExitCode::done);
    CHECK(world.pool(1).persistent == 32);
    Call call;
    CHECK(reconcile(world.host, call));
    CHECK(difference(before, world.host.snapshot()) == "");
}

TEST_CASE("a start is left alone by reconcile while its daemon lives, even if a script called the hook") {
    for (const std::int64_t caller : {FakeLibvirt::daemon_pid, std::int64_t{950}}) {
        World world;
        world.host.files["/proc/950/stat"] =
            "950 (my hook (sh)) S 900 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 77 0 0\n";
        const FakeVm vm = make_vm(1, 32);
        REQUIRE(
            run_hook(world.host, HookCall{vm.name, "prepare", "begin", "-", caller, [&] { return vm.xml(); }})
                .code == ExitCode::done);
        Call call;
        CHECK(reconcile(world.host, call));
        CHECK(world.pool(1).persistent == 32);
        world.libvirt.kill_daemon();
        CHECK(reconcile(world.host, call));
        CHECK(world.pool(1).persistent == 0);
    }
}

TEST_CASE("a draft of a killed prepare is removed by the release that follows") {
    World world;
    const FakeVm vm = make_vm(1, 32);
    const auto before = world.host.snapshot();
    world.host.directories.insert(Ledger::directory);
    world.host.files["/run/hostlease/.lease-" + vm.uuid + ".toml.tmp"] = "form";
    CHECK(world.libvirt.call(vm, Step::release).code == ExitCode::done);
    CHECK(difference(before, world.host.snapshot()) == "");
}

TEST_CASE("knobs are written in the order of the registry and restored in reverse") {
    World world;
    FakeVm vm = make_vm(1, 32);
    world.host.writes.clear();
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    auto up = world.host.writes;
    world.host.writes.clear();
    world.libvirt.bring_down(world.host, vm);
    auto down = world.host.writes;
    for (auto* writes : {&up, &down}) {
        std::erase_if(*writes, [](const auto& write) {
            // the preference is restored because the governor has changed it
            return write.find("nr_hugepages") != std::string::npos ||
                   write.find("energy_performance") != std::string::npos;
        });
        for (auto& write : *writes)
            write.resize(write.find('='));
    }
    CHECK(up.size() > 5);
    std::reverse(down.begin(), down.end());
    CHECK(up == down);
}

TEST_CASE("a lease records the durations of its start's calls") {
    World world;
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    const auto lease = world.ledger().leases.front();
    std::vector<std::string> operations;
    for (const auto& timing : lease.timings) {
        operations.push_back(timing.operation);
        CHECK(timing.lock + timing.pages + timing.writes <= timing.total);
    }
    CHECK(operations == std::vector<std::string>{"prepare", "start", "started"});
}

TEST_CASE(
    "a VM that is being started keeps its pages if the wall clock is stepped before another VM's call") {
    for (const std::int64_t step : {-3600, 3600}) {
        CAPTURE(step);
        World world;
        FakeVm one = make_vm(1, 512);
        const FakeVm two = make_vm(2, 512);
        REQUIRE(world.libvirt.call(one, Step::prepare).code == ExitCode::done);
        world.host.wall_step = step;
        REQUIRE(world.libvirt.call(two, Step::prepare).code == ExitCode::done);
        CHECK(world.ledger().leases.size() == 2);
        CHECK(world.pool(1).persistent == 1024);
        REQUIRE(world.libvirt.call(one, Step::start).code == ExitCode::done);
        CHECK(world.libvirt.launch(one));
    }
}

TEST_CASE("machine.slice may end while a VM is prepared, as it does with the last VM") {
    World world;
    const std::string cpus = "/sys/fs/cgroup/machine.slice/cpuset.cpus.effective";
    world.host.files[cpus] = "0-7\n";
    world.host.read_errors[cpus] = ENODEV; // removed after it was opened
    CHECK(world.libvirt.call(make_vm(1, 16), Step::prepare).code == ExitCode::done);
    CHECK(world.ledger().leases.size() == 1);
}

TEST_CASE("where nothing can be written, as in a container, huge pages refuse the start soon, and nothing is "
          "held") {
    World world;
    const auto before = world.host.snapshot();
    FaultyHost read_only(world.host, FaultyHost::Fault::fail_from, 0, EROFS);
    read_only.at_change_of("/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages");
    const auto began = world.host.now();
    CHECK(world.libvirt.call(read_only, make_vm(1, 512), Step::prepare).code == ExitCode::failed);
    CHECK(world.host.now() - began < std::chrono::seconds(8));
    CHECK(world.ledger().leases.empty());
    CHECK(difference(before, world.host.snapshot()) == "");
}

TEST_CASE("where nothing can be written, a best-effort policy starts its VM with messages, and nothing is "
          "left") {
    World world("version = 1\n[match]\ndomain = \"vm*\"\n[hugepages]\nreserve = \"leave\"\n[memory]\n"
                "swappiness = 10\n[power]\ngovernor = \"performance\"\n[irqs]\naffinity = "
                "\"housekeeping\"\n");
    world.pool(1).persistent = 64;
    for (const auto& [path, text] : world.host.files)
        if (path.starts_with("/sys/") || path.starts_with("/proc/")) world.host.write_errors[path] = EROFS;
    const auto before = world.host.snapshot();
    FakeVm vm = make_vm(1, 16);
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    const auto outcome = world.libvirt.call(vm, Step::start);
    CHECK(outcome.code == ExitCode::done);
    CHECK_FALSE(outcome.report.entries.empty());
    REQUIRE(world.libvirt.launch(vm));
    world.libvirt.call(vm, Step::started);
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.ledger().leases.empty());
    CHECK(verify(world.host, world.ledger()).empty());
    CHECK(difference(before, world.host.snapshot()) == "");
}
