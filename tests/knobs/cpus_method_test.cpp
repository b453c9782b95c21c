#include "knobs/partitions.hpp"
#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
HostFacts host_with_partitions() {
    auto facts = host_with_nodes(2);
    facts.possible = facts.online;
    facts.cgroups.has_cpuset = facts.cgroups.has_remote_partitions = true;
    return facts;
}

Domain pinned_to(std::initializer_list<CpuSet> pins) {
    auto domain = with_pins(domain_with_memory(GiB), pins);
    domain.vcpus = domain.current_vcpus = static_cast<unsigned>(pins.size());
    return domain;
}

const Policy partition = policy_with({{"cpus.method", "partition"}});

std::string partitions_of(const Domain& domain, const Policy& policy, const HostFacts& facts = host_with_partitions()) {
    std::string text;
    const auto plan = plan_of("cpus.method", {domain, policy, facts});
    for (const auto& claim : plan.claims) {
        CHECK(claim.condition == Condition::partition);
        CHECK(claim.is_open());
        text += text_of(claim);
    }
    return text + plan.notes.text();
}

std::string open_claims(unsigned vcpu, unsigned cpu, const std::string& enforce = "best-effort") {
    const std::string role = "vcpu" + std::to_string(vcpu);
    const std::string rest = "; started, " + enforce + "; win11.toml:2:1; vCPU " + std::to_string(vcpu) + " is pinned to CPU " +
                             std::to_string(cpu) + "\n";
    return "/sys/fs/cgroup/*/" + role + "/cpuset.cpus.exclusive [exclusive " + role + "] = " + std::to_string(cpu) + rest +
           "/sys/fs/cgroup/*/" + role + "/cpuset.cpus.partition [partition " + role + "] = isolated" + rest;
}

/// The claims that the scene's open ones become, "target = value" each.
std::string resolved(const Scene& scene, const RunningFacts& running) {
    std::string text;
    for (const auto& open : plan_of("cpus.method", scene).claims)
        for (const auto& claim : find_knob("cpus.method")->resolve(open, running)) {
            CHECK_FALSE(claim.is_open());
            CHECK(claim.condition == Condition::partition);
            text += claim.target + " = " + claim.value + " in " + claim.path + "\n";
        }
    return text;
}
} // namespace

TEST_CASE("cpus.method claims a partition for each vCPU that has a CPU of its own") {
    const auto two = pinned_to({{4}, {5}});
    const std::string both = open_claims(0, 4) + open_claims(1, 5);
    CHECK(partitions_of(two, partition) == both);
    CHECK(partitions_of(two, policy_with({{"cpus.method", "auto"}})) == both);
    CHECK(partitions_of(two, policy_with({{"cpus.isolate", "pinned"}})) == both); // auto, at the place of what asks for it
    CHECK(partitions_of(two, policy_with({{"cpus.isolate", CpuSet{4, 5}}})) == both);
    CHECK(partitions_of(two, required(partition, "cpus")) == open_claims(0, 4, "required") + open_claims(1, 5, "required"));
    CHECK(partitions_of(two, policy_with({{"cpus.method", "slices"}})) == "");
    CHECK(partitions_of(two, policy_with({{"cpus.isolate", "none"}, {"cpus.method", "partition"}})) == "");
    CHECK(partitions_of(two, policy_with({})) == "");
    auto mixed = pinned_to({{5}, {4}});
    std::swap(mixed.vcpu_pins[0], mixed.vcpu_pins[1]); // the order of the XML does not matter
    CHECK(partitions_of(mixed, partition) == open_claims(0, 5) + open_claims(1, 4));
}

TEST_CASE("what stands in the way of partitions is said where they were asked for, and is no trouble where they were not") {
    const auto two = pinned_to({{4}, {5}});
    auto no_kernel = host_with_partitions();
    no_kernel.cgroups.has_remote_partitions = false;
    auto one_unpinned = two;
    one_unpinned.vcpus = one_unpinned.current_vcpus = 3;
    auto unplugged = two;
    unplugged.current_vcpus = 1;
    auto unpinned_of_plugged = two;
    unpinned_of_plugged.vcpus = 12;
    unpinned_of_plugged.current_vcpus = 3;
    auto emulator_inside = two;
    emulator_inside.emulator_pin = Pin{.id = 0, .cpus = {5}, .line = 17};
    auto iothread_inside = two;
    iothread_inside.iothread_pins = {Pin{.id = 1, .cpus = {4}, .line = 18}};
    auto named = two;
    named.vcpu_pins[1].line = 12;
    named.vcpu_pins[1].cpus = {4};
    struct Case {
        Domain domain;
        HostFacts facts;
        std::string obstacle;
    };
    for (const auto& [domain, facts, obstacle] :
         {Case{two, no_kernel, "this kernel makes no partitions inside a VM's cgroup, as Linux 6.7 and newer do"},
          Case{pinned_to({{4}, {5, 6}}), host_with_partitions(), "vCPU 1 is pinned to more than one CPU, 5-6"},
          Case{named, host_with_partitions(), "vCPU 1 (line 12 of the domain's XML) shares CPU 4 with another vCPU"},
          Case{one_unpinned, host_with_partitions(), "1 of 3 vCPUs are not pinned by a <vcpupin> each"},
          Case{unplugged, host_with_partitions(), "vCPU 1 is pinned, and not plugged in"},
          Case{unpinned_of_plugged, host_with_partitions(), "1 of 3 vCPUs are not pinned by a <vcpupin> each"},
          Case{emulator_inside, host_with_partitions(),
               "the emulator (line 17 of the domain's XML) is pinned to CPU 5, the one of vCPU 1"},
          Case{iothread_inside, host_with_partitions(),
               "iothread 1 (line 18 of the domain's XML) is pinned to CPU 4, the one of vCPU 0"}}) {
        CAPTURE(obstacle);
        const std::string message = "cpus.method = \"partition\" is not possible: " + obstacle;
        const std::string hint = "\n  hint: mend that, or set cpus.method = \"slices\"\n";
        CHECK(partitions_of(domain, partition, facts) ==
              "win11.toml:2:1: warning: " + message + "; slices are used instead" + hint);
        CHECK(partitions_of(domain, required(partition, "cpus"), facts) == "win11.toml:2:1: error: " + message + hint);
        CHECK(partitions_of(domain, policy_with({{"cpus.method", "auto"}}), facts) == "");
        CHECK(partitions_of(domain, required(policy_with({{"cpus.isolate", "pinned"}}), "cpus"), facts) == "");
    }
}

TEST_CASE("vCPUs that are not plugged in are left out where partitions are asked for, and are in their way where they are not") {
    auto domain = pinned_to({{4}, {5}});
    domain.vcpus = 6;
    CHECK(
        partitions_of(domain, partition) ==
        open_claims(0, 4) + open_claims(1, 5) +
            "win11.toml:2:1: note: 4 of 6 vCPUs are not plugged in: one that is plugged in later gets no partition, and none of "
            "the others' CPUs\n");
    for (const auto& policy : {policy_with({{"cpus.method", "auto"}}), policy_with({{"cpus.isolate", "pinned"}})}) {
        CHECK(partitions_of(domain, policy) == "");
        const auto facts = host_with_partitions();
        const std::map<PoolId, std::uint64_t> promised;
        CHECK(partition_obstacle({domain, policy, facts, {}, promised}) ==
              "4 of 6 vCPUs are not plugged in (cpus.method = \"partition\" leaves those out)");
    }
}

TEST_CASE("CPUs besides those of the vCPUs are isolated by slices alone") {
    CHECK(
        partitions_of(pinned_to({{4}, {5}}), policy_with({{"cpus.method", "partition"}, {"cpus.isolate", CpuSet{4, 5, 6}}})) ==
        "win11.toml:2:1: warning: cpus.method = \"partition\" is not possible: cpus.isolate is 4-6, and the vCPUs are pinned to "
        "4-5; slices are used instead\n  hint: mend that, or set cpus.method = \"slices\"\n");
}

TEST_CASE("an emulator that has CPUs besides a vCPU's keeps those: partitions are made") {
    auto domain = pinned_to({{4}, {5}});
    domain.emulator_pin = Pin{.id = 0, .cpus = {4, 6}, .line = 17};
    CHECK(partitions_of(domain, partition) == open_claims(0, 4) + open_claims(1, 5));
    domain.emulator_pin.reset();
    domain.vcpu_cpus = {5}; // where the emulator goes that has no pin of its own
    CHECK(partitions_of(domain, partition).find("the emulator is pinned to CPU 5") != std::string::npos);
}

TEST_CASE("once QEMU runs, the CPUs are exclusive all the way down to the vCPU's cgroup") {
    const Scene scene{pinned_to({{4}, {5}}), partition, host_with_partitions()};
    const std::string scope = "/machine.slice/machine-qemu\\x2d1\\x2dwin11.scope";
    RunningFacts running;
    running.threads = {{{100, 1}, "emulator", scope + "/libvirt/emulator"},
                       {{101, 1}, "vcpu0", scope + "/libvirt/vcpu0"},
                       {{102, 1}, "vcpu1", scope + "/libvirt/vcpu1"}};
    const auto exclusive = [](const std::string& cgroup, const std::string& cpu) {
        return "exclusive " + cgroup + " = " + cpu + " in /sys/fs/cgroup" + cgroup + "/cpuset.cpus.exclusive\n";
    };
    const auto branch = [&](const std::string& vcpu, const std::string& cpu) {
        const std::string cgroup = scope + "/libvirt/" + vcpu;
        return exclusive("/machine.slice", cpu) + exclusive(scope, cpu) + exclusive(scope + "/libvirt", cpu) +
               exclusive(cgroup, cpu) + "partition " + cgroup + " = isolated in /sys/fs/cgroup" + cgroup +
               "/cpuset.cpus.partition\n";
    };
    CHECK(resolved(scene, running) == branch("vcpu0", "4") + branch("vcpu1", "5"));
    running.threads[2].cgroup = ""; // a host without cgroups, or a thread that is gone
    CHECK(resolved(scene, running) == branch("vcpu0", "4"));
    CHECK(resolved(scene, {}) == "");
}

TEST_CASE("sorted, the targets put each cgroup before those below it, and partitions last") {
    std::vector<std::string> targets{"partition /machine.slice/a.scope/libvirt/vcpu0", "exclusive /machine.slice/a.scope/libvirt",
                                     "exclusive /machine.slice", "exclusive /machine.slice/a.scope/libvirt/vcpu0",
                                     "exclusive /machine.slice/a.scope"};
    std::sort(targets.begin(), targets.end());
    CHECK(targets == std::vector<std::string>{"exclusive /machine.slice", "exclusive /machine.slice/a.scope",
                                              "exclusive /machine.slice/a.scope/libvirt",
                                              "exclusive /machine.slice/a.scope/libvirt/vcpu0",
                                              "partition /machine.slice/a.scope/libvirt/vcpu0"});
}

TEST_CASE("exclusive CPUs of several vCPUs and VMs add up; a partition is isolated or it is not") {
    const Knob& knob = *find_knob("cpus.method");
    const std::vector<std::string> cpus{"4", "5", "6"};
    CHECK(knob.rule("exclusive /machine.slice")("", cpus).value == "4-6");
    CHECK(knob.rule("exclusive /machine.slice")("7", cpus).value == "4-7");
    const std::vector<std::string> isolated{"isolated"};
    CHECK(knob.rule("partition /machine.slice/a.scope/libvirt/vcpu0")("member", isolated).value == "isolated");
}

TEST_CASE("[[sysfs]] cannot name the files of cpuset partitions") {
    for (const char* path : {"/sys/fs/cgroup/machine.slice/cpuset.cpus.exclusive", "/sys/fs/cgroup/a.slice/cpuset.cpus.partition",
                             "/sys/fs/cgroup/machine.slice/a.scope/libvirt/vcpu0/cpuset.cpus.partition"}) {
        CAPTURE(path);
        REQUIRE(owner_of(path) != nullptr);
        CHECK(owner_of(path)->key == "cpus.method");
    }
    CHECK(owner_of("/sys/fs/cgroup/system.slice/cpuset.cpus")->key == "cpus.isolate");
    CHECK(owner_of("/sys/fs/cgroup/system.slice/cpuset.mems") == nullptr);
}
