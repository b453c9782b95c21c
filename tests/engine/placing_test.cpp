// VMs without pins whose policy chooses their CPUs, from prepare to release.
#include "core/parse.hpp"
#include "engine/apply.hpp"
#include "engine/operations.hpp"
#include "engine/policy_store.hpp"
#include "engine/verify.hpp"
#include "knobs/parts/partitions.hpp"
#include "knobs/parts/placed.hpp"
#include "read/domain_xml.hpp"
#include "support/faulty_host.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
std::string policy_of(const std::string& cpus) {
    return "version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n[cpus]\n" + cpus;
}

struct PlacingWorld : World {
    FakeVm one = unpinned(1);
    FakeVm two = unpinned(2);
    FakeVm three = unpinned(3);
    std::map<std::string, std::string> before;

    explicit PlacingWorld(const std::string& cpus = "place = \"auto\"\n") : World(policy_of(cpus)) {
        pool(1).persistent = 1024;
        host.partitions.enable();
        before = host.snapshot();
    }

    static FakeVm unpinned(unsigned number, int node = -1) {
        FakeVm vm = make_vm(number, 16, node, "");
        vm.emulator.clear();
        return vm;
    }

    /// The place that its lease holds.
    Placement place(const FakeVm& vm) { return placement_of(*ledger().find(vm.uuid)).value(); }
    CpuSet all(const FakeVm& vm) { return leased_cpus(*ledger().find(vm.uuid)).all(); }

    std::string cpus_of(const FakeVm& vm, const std::string& thread) {
        return std::string(
            trim(host.files["/sys/fs/cgroup" + vm.scope + "/libvirt/" + thread + "/cpuset.cpus"]));
    }

    void check_threads(const FakeVm& vm) {
        const auto chosen = place(vm);
        CHECK(cpus_of(vm, "vcpu0") == std::to_string(chosen.vcpus[0]));
        CHECK(cpus_of(vm, "vcpu1") == std::to_string(chosen.vcpus[1]));
        CHECK(cpus_of(vm, "emulator") == to_list(chosen.emulator));
        CHECK(verify(host, ledger()).empty());
    }

    void check_end() {
        CHECK(difference(before, host.snapshot()) == "");
        CHECK(ledger().records.empty());
        CHECK(ledger().leases.empty());
    }

    Status apply_now(const FakeVm& vm, Place place = Place::kept) {
        Call call;
        const auto status = apply_now(host, vm, place, call);
        said.clear();
        for (const auto& entry : call.report.entries)
            said += entry.message + "\n";
        return status;
    }

    std::string said; // by apply_now

    /// Through another view of the host.
    Status apply_now(Host& view, const FakeVm& vm, Place place, Call& call) {
        Diagnostics warnings;
        const auto domain = read_domain_xml(vm.xml(), "vm.xml").value();
        const auto policy = policy_for(host, read_policy_heads(host), domain, warnings).value().value();
        return apply_policy(view, domain, policy, call, place);
    }
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string text_of(const HookOutcome& outcome) {
    std::string text;
    for (const auto& entry : outcome.report.entries)
        text += entry.message + "\n";
    return text;
}
} // namespace

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
    world.host.files[World::policy_file] = policy_of("place = \"node\"\n[memory]\nswappiness = 10\n");
    REQUIRE(world.apply_now(world.one));
    CHECK(world.place(world.one) == chosen);
    world.check_threads(world.one);
    world.host.files[World::policy_file] = policy_of("method = \"slices\"\n");
    REQUIRE(world.apply_now(world.one));
    CHECK_FALSE(placement_of(*world.ledger().find(world.one.uuid)));
    CHECK(world.cpus_of(world.one, "vcpu0") == "");
    world.libvirt.bring_down(world.host, world.one);
    world.host.files[World::policy_file] = policy_of("place = \"auto\"\n");
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

TEST_CASE("a VM that is moved gets the CPUs that it would get if it started now") {
    for (const std::string method : {"", "method = \"slices\"\n"}) {
        CAPTURE(method);
        PlacingWorld world("place = \"auto\"\n" + method);
        REQUIRE(world.libvirt.bring_up(world.host, world.two));
        REQUIRE(world.libvirt.bring_up(world.host, world.one));
        const auto better = world.place(world.two);
        const auto before = world.place(world.one);
        REQUIRE(better.vcpus != before.vcpus);
        REQUIRE(world.apply_now(world.one, Place::anew));
        CHECK(world.place(world.one) == before); // there is no better one
        world.libvirt.bring_down(world.host, world.two);
        REQUIRE(world.apply_now(world.one, Place::anew));
        CHECK(world.place(world.one) == better);
        world.check_threads(world.one);
        const std::string unit = world.one.scope.substr(world.one.scope.rfind('/') + 1);
        const std::string cpus = to_list(better.vcpu_cpus() | better.emulator);
        CHECK(world.host.files["/sys/fs/cgroup" + world.one.scope + "/cpuset.cpus"] == cpus + "\n");
        CHECK(has(world.host.files["/run/systemd/system/" + unit + ".d/50-hostlease.conf"],
                  "AllowedCPUs=" + cpus + "\n"));
        world.libvirt.bring_down(world.host, world.one);
        world.check_end();
    }
}

TEST_CASE(
    "killed or failing at any access of a move, then reconcile: the VM has a place, and all goes back") {
    using Fault = FaultyHost::Fault;
    PlacingWorld start;
    REQUIRE(start.libvirt.bring_up(start.host, start.two));
    REQUIRE(start.libvirt.bring_up(start.host, start.one));
    start.libvirt.bring_down(start.host, start.two);
    unsigned count = 1;
    for (const auto fault : {Fault::none, Fault::die_before, Fault::fail})
        for (unsigned at = 1; at <= count; at += fault == Fault::fail ? 4 : 1) {
            CAPTURE(static_cast<int>(fault));
            CAPTURE(at);
            PlacingWorld world(start);
            FaultyHost faulty(world.host, fault, at);
            Call call;
            try {
                static_cast<void>(world.apply_now(faulty, world.one, Place::anew, call));
            } catch (const Died&) {
            }
            if (fault == Fault::none) at = count = faulty.accesses();
            world.reconcile_all();
            world.check_threads(world.one);
            world.libvirt.bring_down(world.host, world.one);
            world.check_end();
        }
    CHECK(count > 100);
}

TEST_CASE("a VM that is moved stays on the nodes of its huge pages") {
    PlacingWorld world;
    const auto near_node = [&](const std::string& node) {
        auto& policy = world.host.files[World::policy_file] = policy_of("place = \"auto\"\n");
        const std::string leaves = "reserve = \"leave\"";
        policy.replace(policy.find(leaves), leaves.size(), "node = [" + node + "]");
    };
    near_node("1");
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    const auto chosen = world.place(world.one);
    REQUIRE(chosen.nodes == NodeSet{1});
    near_node("0");
    REQUIRE(world.apply_now(world.one, Place::anew));
    CHECK(world.place(world.one) == chosen);
}

TEST_CASE("a VM that is moved away from its ordinary memory is told so") {
    PlacingWorld world("place = \"auto\"\n");
    world.one = PlacingWorld::unpinned(1, -1);
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    const auto chosen = world.place(world.one);
    const unsigned other = chosen.nodes.contains(0) ? 1 : 0;
    world.host.files[World::policy_file] =
        policy_of("place = \"auto\"\n[hugepages]\nnode = [" + std::to_string(other) + "]\n");
    auto& policy = world.host.files[World::policy_file];
    const std::string first = "[hugepages]\nreserve = \"leave\"\n";
    policy.erase(policy.find(first), first.size());
    REQUIRE(world.apply_now(world.one, Place::anew));
    CHECK(world.place(world.one).nodes == NodeSet{other});
    CHECK(has(world.said, "the VM's memory stays on node " + to_list(chosen.nodes)));
    world.check_threads(world.one);
}

TEST_CASE("a VM is told to stay where it is when no other place is free, also if it may share CPUs") {
    PlacingWorld world("place = \"auto\"\nshare = true\n");
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    const auto chosen = world.place(world.one);
    world.host.files[World::policy_file] =
        policy_of("place = \"auto\"\nshare = true\nhousekeeping_min_cores = 7\n");
    const auto moved = world.apply_now(world.one, Place::anew);
    REQUIRE_FALSE(moved);
    CHECK(has(moved.error().text(), "cpus.place finds no CPUs for the VM"));
    CHECK(world.place(world.one) == chosen);
    world.host.files[World::policy_file] = policy_of("method = \"slices\"\n");
    CHECK(has(world.apply_now(world.one, Place::anew).error().text(), "it has no cpus.place"));
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
