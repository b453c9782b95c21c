// VMs without pins that move to other CPUs while they run.
#include "support/faulty_host.hpp"
#include "support/placing_world.hpp"

#include <algorithm>

using namespace hostlease;
using namespace hostlease::test;

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
        auto& policy = world.host.files[World::policy_file] = placing_policy("place = \"auto\"\n");
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

TEST_CASE("a VM that is placed while it runs is confined to its CPUs, and its memory stays") {
    PlacingWorld world;
    world.host.files[World::policy_file] = "version = 1\n[match]\ndomain = [\"vm*\"]\n";
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    world.host.files[World::policy_file] += "[cpus]\nplace = \"auto\"\n";
    REQUIRE(world.apply_now(world.one));
    world.check_threads(world.one);
    const std::string cpus = to_list(world.all(world.one));
    auto ledger = world.ledger();
    const auto& lease = *ledger.find(world.one.uuid);
    const auto is_it = [](const Claim& claim) { return claim.knob == "cpus.memory"; };
    const auto claim = std::find_if(lease.claims.begin(), lease.claims.end(), is_it);
    REQUIRE(claim != lease.claims.end());
    CHECK(claim->value == "AllowedCPUs=" + cpus);
    const std::string scope = "/sys/fs/cgroup" + world.one.scope + "/cpuset.cpus";
    CHECK(world.host.files[scope] == cpus + "\n");
    world.host.files[World::policy_file] = "version = 1\n[match]\ndomain = [\"vm*\"]\n";
    REQUIRE(world.apply_now(world.one));
    CHECK(world.host.files[scope] == "0-7\n");
}

TEST_CASE("a move away from the VM's ordinary memory is reported") {
    PlacingWorld world("place = \"auto\"\n");
    world.one = PlacingWorld::unpinned(1, -1);
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    const auto chosen = world.place(world.one);
    const unsigned other = chosen.nodes.contains(0) ? 1 : 0;
    world.host.files[World::policy_file] =
        placing_policy("place = \"auto\"\n[hugepages]\nnode = [" + std::to_string(other) + "]\n");
    auto& policy = world.host.files[World::policy_file];
    const std::string first = "[hugepages]\nreserve = \"leave\"\n";
    policy.erase(policy.find(first), first.size());
    REQUIRE(world.apply_now(world.one, Place::anew));
    CHECK(world.place(world.one).nodes == NodeSet{other});
    CHECK(has(world.said, "the VM's CPUs move from node " + to_list(chosen.nodes)));
    world.check_threads(world.one);
}

TEST_CASE("a VM does not move if no other place is free, even if it may share CPUs") {
    PlacingWorld world("place = \"auto\"\nshare = true\n");
    REQUIRE(world.libvirt.bring_up(world.host, world.one));
    const auto chosen = world.place(world.one);
    world.host.files[World::policy_file] =
        placing_policy("place = \"auto\"\nshare = true\nhousekeeping_min_cores = 7\n");
    const auto moved = world.apply_now(world.one, Place::anew);
    REQUIRE_FALSE(moved);
    CHECK(has(moved.error().text(), "cpus.place finds no CPUs for the VM"));
    CHECK(world.place(world.one) == chosen);
    world.host.files[World::policy_file] = placing_policy("method = \"slices\"\n");
    CHECK(has(world.apply_now(world.one, Place::anew).error().text(), "it has no cpus.place"));
    CHECK(world.place(world.one) == chosen);
}
