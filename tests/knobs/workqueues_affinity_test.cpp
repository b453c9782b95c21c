#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/builders.hpp"
#include "support/world.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string mask_file = "/sys/devices/virtual/workqueue/cpumask";

Scene scene() {
    return {with_pins(domain_with_memory(GiB), {{4}, {5}}),
            policy_with({{"workqueues.affinity", "housekeeping"}}), host_with_nodes(2)};
}

struct QuietWorld : World {
    QuietWorld()
        : World("version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n"
                "[workqueues]\naffinity = \"housekeeping\"\n") {
        pool(1).persistent = 128;
    }
};
} // namespace

TEST_CASE("workqueues.affinity leaves unbound work all CPUs but the VM's own") {
    CHECK(text_of(plan_of("workqueues.affinity", scene())) ==
          mask_file +
              " [cpumask] = 0-3,6-7; start, best-effort; win11.toml:2:1; CPU 4-5 belongs to the VM\n");
    auto left_alone = scene();
    left_alone.policy = policy_with({{"workqueues.affinity", "leave"}});
    CHECK(text_of(plan_of("workqueues.affinity", left_alone)) == "");
}

TEST_CASE("workqueues.affinity is left to partitions if the plan has them, until they fail") {
    auto isolating = scene();
    isolating.domain.vcpus = isolating.domain.current_vcpus = 2;
    isolating.domain.emulator_pin = Pin{.id = 0, .cpus = {0}, .line = 9};
    isolating.facts.cgroups.has_cpuset = true;
    isolating.policy.settings["cpus.isolate"] = setting("pinned", {"win11.toml", 3, 1});
    const auto condition = [&] { return plan_of("workqueues.affinity", isolating).claims.at(0).condition; };
    CHECK(condition() == Condition::always); // this kernel has no partitions
    isolating.facts.cgroups.has_remote_partitions = true;
    CHECK(condition() == Condition::fallback);
    isolating.domain.vcpu_pins[1].cpus = {4, 5}; // this vCPU cannot have a partition
    CHECK(condition() == Condition::always);
    isolating.domain.vcpu_pins[1].cpus = {5};
    isolating.policy.settings["cpus.method"] = setting("slices", {"win11.toml", 4, 1});
    CHECK(condition() == Condition::always);
    isolating.policy = policy_with({{"workqueues.affinity", "housekeeping"}}); // no key asks for isolation
    CHECK(condition() == Condition::always);
}

TEST_CASE("the requested mask is restored, not the mask that a partition made of it") {
    QuietWorld world;
    world.host.files[mask_file] = "3f\n"; // another program's partition has CPUs 6-7
    world.host.files[mask_file + "_requested"] = "ff\n";
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(world.host.files[mask_file + "_requested"] == "cf\n");
    CHECK(verify(world.host, world.ledger()).empty());
    world.host.files[mask_file] = "f\n"; // a new partition causes no drift
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.host.files[mask_file + "_requested"] == "ff\n");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("an unreadable requested mask does not count as a missing one") {
    QuietWorld world;
    world.host.files[mask_file + "_requested"] = "not a mask\n";
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(world.host.files[mask_file] == "ff\n");
}
