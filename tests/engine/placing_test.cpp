// VMs without pins whose policy chooses their CPUs, from prepare to release.
#include "engine/survey.hpp"
#include "engine/verify.hpp"
#include "support/placing_world.hpp"

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("a VM without pins gets CPUs at prepare, its threads use them once it runs, and nothing is left") {
    PlacingWorld world;
    REQUIRE(world.libvirt.call(world.one, Step::prepare).code == ExitCode::done);
    const auto chosen = world.place(world.one);
    CHECK(chosen.vcpus.size() == 2);
    CHECK_FALSE(chosen.vcpu_cpus().contains(0));
    CHECK_FALSE(chosen.emulator.intersects(chosen.vcpu_cpus()));
    CHECK(has(chosen.why, "2 vCPUs on 2 whole cores"));
    REQUIRE(world.libvirt.call(world.one, Step::start).code == ExitCode::done);
    REQUIRE(world.libvirt.launch(world.one));
    CHECK(text_of(world.libvirt.call(world.one, Step::started)) == "");
    CHECK(world.place(world.one) == chosen);
    world.check_threads(world.one);
    const std::string libvirt = world.one.scope + "/libvirt";
    CHECK(world.host.partitions.state(libvirt) == "root");
    CHECK(world.host.partitions.state(libvirt + "/vcpu0") == "isolated");
    CHECK(world.host.partitions.state(libvirt + "/vcpu1") == "isolated");
    CHECK(world.host.partitions.exclusive(libvirt) == (chosen.vcpu_cpus() | chosen.emulator));
    world.libvirt.bring_down(world.host, world.one);
    world.check_end();
}

TEST_CASE("a thread whose CPUs cannot be read is a finding until they can") {
    PlacingWorld world;
    for (const auto step : {Step::prepare, Step::start})
        REQUIRE(world.libvirt.call(world.one, step).code == ExitCode::done);
    REQUIRE(world.libvirt.launch(world.one));
    const std::string cpus = "/sys/fs/cgroup" + world.one.scope + "/libvirt/vcpu0/cpuset.cpus";
    world.host.read_errors[cpus] = EACCES;
    world.libvirt.call(world.one, Step::started);
    const auto findings = verify(world.host, world.ledger());
    REQUIRE(findings.size() == 1);
    CHECK(findings.front().path == cpus);
    CHECK(has(findings.front().what, "cannot read"));
    world.host.read_errors.clear();
    world.libvirt.bring_down(world.host, world.one);
    world.check_end();
}

TEST_CASE("VMs that are prepared before any of them starts share no CPU, and keep theirs") {
    PlacingWorld world;
    for (const auto* vm : {&world.one, &world.two})
        REQUIRE(world.libvirt.call(*vm, Step::prepare).code == ExitCode::done);
    const auto first = world.all(world.one);
    CHECK_FALSE(first.intersects(world.all(world.two)));
    for (auto* vm : {&world.two, &world.one}) {
        REQUIRE(world.libvirt.call(*vm, Step::start).code == ExitCode::done);
        REQUIRE(world.libvirt.launch(*vm));
        world.libvirt.call(*vm, Step::started);
    }
    CHECK(world.all(world.one) == first);
    world.check_threads(world.one);
    world.check_threads(world.two);
    world.libvirt.bring_down(world.host, world.one);
    world.check_threads(world.two);
    world.libvirt.bring_down(world.host, world.two);
    world.check_end();
}

TEST_CASE("VMs that are spread are on different nodes") {
    PlacingWorld world("place = \"spread\"\n");
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    REQUIRE(world.libvirt.bring_up(world.host, world.two));
    CHECK(world.place(world.one).nodes != world.place(world.two).nodes);
    world.check_threads(world.two);
}

TEST_CASE("slices keep the host off chosen CPUs if partitions are not requested") {
    PlacingWorld world("place = \"auto\"\nmethod = \"slices\"\n");
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    world.check_threads(world.one);
    CHECK(world.host.partitions.state(world.one.scope + "/libvirt") == "member");
    const auto host_cpus = world.host.cgroups.allowed_cpus("system.slice");
    CHECK_FALSE(host_cpus.empty());
    CHECK_FALSE(host_cpus.intersects(world.place(world.one).vcpu_cpus()));
    world.libvirt.bring_down(world.host, world.one);
    world.check_end();
}

TEST_CASE("a VM for which there are no CPUs is refused with a list of free ones, and holds nothing") {
    PlacingWorld world("place = \"auto\"\nhousekeeping_min_cores = 3\n");
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    REQUIRE(world.libvirt.bring_up(world.host, world.two));
    const auto held = world.host.snapshot();
    const auto refused = world.libvirt.call(world.three, Step::prepare);
    CHECK(refused.code != ExitCode::done);
    CHECK(has(refused.reason, "cpus.place finds no CPUs for the VM"));
    CHECK(has(text_of(refused), "cpus.place finds no CPUs for the VM"));
    world.libvirt.bring_down(world.host, world.three);
    CHECK(difference(held, world.host.snapshot()) == "");
    world.libvirt.bring_down(world.host, world.one);
    world.libvirt.bring_down(world.host, world.two);
    world.check_end();
}

TEST_CASE("a policy that allows sharing starts the VM without a place, with a warning") {
    PlacingWorld world("place = \"auto\"\nhousekeeping_min_cores = 3\nshare = true\n");
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    REQUIRE(world.libvirt.bring_up(world.host, world.two));
    const auto outcome = world.libvirt.call(world.three, Step::prepare);
    CHECK(outcome.code == ExitCode::done);
    CHECK(has(text_of(outcome), "cpus.place finds no CPUs for the VM"));
    CHECK_FALSE(placement_of(*world.ledger().find(world.three.uuid)));
}

TEST_CASE("a domain with pins is refused, and the element is named") {
    PlacingWorld world;
    const auto outcome = world.libvirt.call(make_vm(1, 16, 1, "4,5"), Step::prepare);
    CHECK(outcome.code != ExitCode::done);
    CHECK(has(outcome.reason, "cpus.place chooses CPUs for VMs without pins, but this domain has <vcpupin>"));
    CHECK(world.ledger().leases.empty());
}

TEST_CASE("CPUs are chosen on the nodes that the memory is bound to") {
    for (const int node : {0, 1}) {
        PlacingWorld world;
        world.pool(0).persistent = 64;
        world.one = PlacingWorld::unpinned(1, node);
        REQUIRE(world.libvirt.bring_up(world.host, world.one));
        CHECK(world.place(world.one).nodes == NodeSet{static_cast<unsigned>(node)});
    }
}

TEST_CASE("CPUs of VMs without a lease are left to them: pinned running ones, and defined ones") {
    PlacingWorld world;
    const auto pinned = make_vm(9, 16, 1, "5,6");
    world.host.directories.insert("/etc/libvirt/qemu");
    std::string xml = pinned.xml();
    xml.replace(xml.find("vm9"), 3, "old");
    world.host.files["/etc/libvirt/qemu/old.xml"] = xml;
    world.host.partitions.add("/machine.slice/machine-qemu\\x2d7\\x2dlive.scope", {});
    world.host.partitions.add("/machine.slice/machine-qemu\\x2d7\\x2dlive.scope/libvirt", {});
    world.host.partitions.add("/machine.slice/machine-qemu\\x2d7\\x2dlive.scope/libvirt/vcpu0", {1});
    REQUIRE(world.libvirt.call(world.one, Step::prepare).code == ExitCode::done);
    CHECK_FALSE(world.place(world.one).vcpu_cpus().intersects({0, 1, 5, 6}));
}

TEST_CASE("a VM that is pinned to all CPUs leaves them to others") {
    PlacingWorld world;
    auto wide = make_vm(9, 16, 1, "0,1,2,3,4,5,6,7");
    wide.emulator = "0-7";
    world.host.directories.insert("/etc/libvirt/qemu");
    world.host.files["/etc/libvirt/qemu/vm9.xml"] = wide.xml();
    REQUIRE(world.libvirt.call(world.one, Step::prepare).code == ExitCode::done);
    CHECK(world.libvirt.call(world.two, Step::prepare).code == ExitCode::done);
}

TEST_CASE("another policy for a running VM keeps its place, or removes it if it places nothing") {
    PlacingWorld world;
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    const auto chosen = world.place(world.one);
    world.host.files[World::policy_file] = placing_policy("place = \"node\"\n[memory]\nswappiness = 10\n");
    REQUIRE(world.apply_now(world.one));
    CHECK(world.place(world.one) == chosen);
    world.check_threads(world.one);
    world.host.files[World::policy_file] = placing_policy("method = \"slices\"\n");
    REQUIRE(world.apply_now(world.one));
    CHECK_FALSE(placement_of(*world.ledger().find(world.one.uuid)));
    CHECK(world.cpus_of(world.one, "vcpu0") == "0-7"); // the kernel does not unset them
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.bring_down(world.host, world.one);
    world.host.files[World::policy_file] = placing_policy("place = \"auto\"\n");
    world.check_end();
}

TEST_CASE("a placed VM whose lease is planned again keeps the place that it runs on") {
    PlacingWorld world;
    REQUIRE(world.libvirt.bring_up(world.host, world.two));
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    const auto chosen = world.place(world.one);
    world.libvirt.bring_down(world.host, world.two); // other CPUs would be better now
    REQUIRE(world.apply_now(world.one));
    CHECK(world.place(world.one) == chosen);
}

TEST_CASE("an I/O thread that is added while the VM runs is moved to the helpers' CPUs by the next call") {
    PlacingWorld world;
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    const std::string cgroup = world.one.scope + "/libvirt/iothread3";
    world.host.partitions.add(cgroup, {});
    const std::string task =
        "/proc/" + std::to_string(world.one.pid) + "/task/" + std::to_string(world.one.pid + 3);
    world.host.files[task + "/cgroup"] = "0::" + cgroup + "\n";
    world.host.files[task + "/comm"] = "IO iothread3\n";
    world.host.files["/proc/" + std::to_string(world.one.pid + 3) + "/stat"] =
        std::to_string(world.one.pid + 3) +
        " (IO iothread3) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9999 0 0\n";
    world.reconcile_all();
    CHECK(world.cpus_of(world.one, "iothread3") == to_list(world.place(world.one).emulator));
    world.check_threads(world.one);
}

TEST_CASE("threads without cgroups of their own are reported as outside the chosen CPUs") {
    PlacingWorld world;
    REQUIRE(world.libvirt.call(world.one, Step::prepare).code == ExitCode::done);
    REQUIRE(world.libvirt.call(world.one, Step::start).code == ExitCode::done);
    REQUIRE(world.libvirt.launch(world.one));
    for (const int thread : {0, 1, 2})
        world.host.files["/proc/" + std::to_string(world.one.pid) + "/task/" +
                         std::to_string(world.one.pid + thread) + "/cgroup"] = "0::/machine.slice/libvirtd\n";
    CHECK(has(text_of(world.libvirt.call(world.one, Step::started)),
              "QEMU's threads have no cgroups of their own: they are not on the CPUs that were chosen for VM "
              "'vm1'"));
}

TEST_CASE("CPUs that another program gives a thread are reported, and left alone") {
    PlacingWorld world("place = \"auto\"\nmethod = \"slices\"\n");
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    world.host.partitions.pin(world.one.scope + "/libvirt/emulator", {0});
    CHECK(verify(world.host, world.ledger()).size() == 1);
    CHECK(has(world.reconcile_all(), "another program changed it; left alone"));
    CHECK(world.cpus_of(world.one, "emulator") == "0");
}

TEST_CASE("a running VM of which a CPU has gone offline takes another policy, and is told how to move") {
    PlacingWorld world("place = \"auto\"\nmethod = \"slices\"\n");
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    const auto gone = world.place(world.one).vcpus[0];
    world.host.files["/sys/devices/system/cpu/online"] = to_list(CpuSet::range(0, 7) - CpuSet{gone}) + "\n";
    const auto status = world.apply_now(world.one);
    CHECK((status ? "" : status.error().text()) == "");
    CHECK(has(world.said, "vCPU 0 was placed on CPU " + std::to_string(gone) + ", which is offline"));
    CHECK_FALSE(has(world.said, "cannot start"));
}

TEST_CASE("the place of a VM that ended without a release does not count for its next start") {
    PlacingWorld world;
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    const auto gone = world.place(world.one).vcpus[0];
    world.libvirt.quit(world.one);
    world.host.files["/sys/devices/system/cpu/online"] = to_list(CpuSet::range(0, 7) - CpuSet{gone}) + "\n";
    Diagnostics warnings;
    const auto domain = read_domain_xml(world.one.xml(), "vm.xml").value();
    const auto policy =
        policy_for(world.host, read_policy_heads(world.host), domain, warnings).value().value();
    const auto plan = plan_domain(world.host, domain, policy, world.ledger());
    REQUIRE(plan);
    CHECK_FALSE(plan->notes.has_errors());
}

TEST_CASE("the places of other VMs that are gone do not count for a plan, as prepare releases them first") {
    PlacingWorld world("place = \"auto\"\nhousekeeping_min_cores = 3\n");
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    REQUIRE(world.libvirt.bring_up(world.host, world.two));
    Diagnostics warnings;
    const auto domain = read_domain_xml(world.three.xml(), "vm.xml").value();
    const auto policy =
        policy_for(world.host, read_policy_heads(world.host), domain, warnings).value().value();
    CHECK(plan_domain(world.host, domain, policy, world.ledger())->notes.has_errors());
    world.libvirt.quit(world.one);
    CHECK_FALSE(plan_domain(world.host, domain, policy, world.ledger())->notes.has_errors());
}

TEST_CASE("huge pages that are promised to a VM that starts are not there for the next one's place") {
    PlacingWorld world;
    world.host.files[World::policy_file] =
        "version = 1\n[match]\ndomain = [\"vm*\"]\n[cpus]\nplace = \"auto\"\n";
    for (const unsigned node : {0U, 1U}) {
        world.pool(node).persistent = 24;
        world.host.nodes[node].memory = 600 * MiB; // less than the host keeps, so that no pool can grow
    }
    REQUIRE(world.libvirt.call(world.one, Step::prepare).code == ExitCode::done);
    REQUIRE(world.libvirt.call(world.two, Step::prepare).code == ExitCode::done);
    CHECK(world.place(world.one).nodes != world.place(world.two).nodes);
}
