#include "core/parse.hpp"
#include "knobs/parts/partitions.hpp"
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
    domain.emulator_pin = Pin{.id = 0, .cpus = {0}, .line = 9};
    return domain;
}

const Policy partition = policy_with({{"cpus.method", "partition"}});

std::string partitions_of(const Domain& domain, const Policy& policy,
                          const HostFacts& facts = host_with_partitions()) {
    std::string text;
    const auto plan = plan_of("cpus.method", {domain, policy, facts});
    for (const auto& claim : plan.claims) {
        CHECK(claim.condition == Condition::partition);
        CHECK(claim.is_open());
        text += text_of(claim);
    }
    return text + plan.notes.text();
}

std::string open_claims(const std::string& role, const std::string& cpus, const std::string& word,
                        const std::string& why, const std::string& enforce) {
    const std::string rest = "; started, " + enforce + "; win11.toml:2:1; " + why + "\n";
    return "/sys/fs/cgroup/*/" + role + "/cpuset.cpus.exclusive [exclusive " + role + "] = " + cpus + rest +
           "/sys/fs/cgroup/*/" + role + "/cpuset.cpus.partition [partition " + role + "] = " + word + rest;
}

/// A VM whose vCPU 0 and 1 have these CPUs.
std::string nested_claims(unsigned first, unsigned second, const std::string& helpers = "0",
                          const std::string& enforce = "best-effort") {
    const auto vcpu = [&](unsigned number, unsigned cpu) {
        const std::string pin = "vCPU " + std::to_string(number) + " is pinned to CPU " + std::to_string(cpu);
        return open_claims("vcpu" + std::to_string(number), std::to_string(cpu), "isolated", pin, enforce);
    };
    const std::string vcpus = to_list({first, second});
    const std::string all = to_list(CpuSet{first, second} | parse_cpu_list(helpers).value());
    return open_claims("libvirt", all, "root",
                       "reserved for the VM: CPU " + vcpus + " of the vCPUs, " + helpers +
                           " of QEMU's other threads",
                       enforce) +
           vcpu(0, first) + vcpu(1, second);
}

/// The claims that result from the scene's open ones, each as "target = value".
std::string resolved(const Scene& scene, const RunningFacts& running) {
    std::string text;
    for (const auto& open : plan_of("cpus.method", scene).claims)
        for (const auto& claim : find_knob("cpus.method")->resolve(open, running)) {
            CHECK_FALSE(claim.is_open());
            CHECK(claim.condition == Condition::partition);
            text += claim.name() + " = " + claim.value + " in " + claim.path() + "\n";
        }
    return text;
}
} // namespace

TEST_CASE("cpus.method claims a partition around QEMU's threads, and one in it for each vCPU that has a CPU "
          "of its own") {
    const auto two = pinned_to({{4}, {5}});
    const std::string both = nested_claims(4, 5);
    CHECK(partitions_of(two, partition) == both);
    CHECK(partitions_of(two, policy_with({{"cpus.method", "auto"}})) == both);
    // auto, at the line of the setting that asks for isolation
    CHECK(partitions_of(two, policy_with({{"cpus.isolate", "pinned"}})) == both);
    CHECK(partitions_of(two, policy_with({{"cpus.isolate", CpuSet{4, 5}}})) == both);
    CHECK(partitions_of(two, required(partition, "cpus")) == nested_claims(4, 5, "0", "required"));
    // slices would also satisfy the requirement
    CHECK(partitions_of(two, required(policy_with({{"cpus.isolate", "pinned"}}), "cpus")) == both);
    CHECK(partitions_of(two, policy_with({{"cpus.method", "slices"}})) == "");
    CHECK(partitions_of(two, policy_with({{"cpus.isolate", "none"}, {"cpus.method", "partition"}})) == "");
    CHECK(partitions_of(two, policy_with({})) == "");
    auto mixed = pinned_to({{5}, {4}});
    std::swap(mixed.vcpu_pins[0], mixed.vcpu_pins[1]); // the order in the XML does not matter
    CHECK(partitions_of(mixed, partition) == nested_claims(5, 4));
}

TEST_CASE("obstacles to partitions are reported if partitions are requested, and otherwise are no problem") {
    const auto two = pinned_to({{4}, {5}});
    auto no_kernel = host_with_partitions();
    no_kernel.cgroups.has_remote_partitions = false;
    auto one_unpinned = two;
    one_unpinned.vcpus = one_unpinned.current_vcpus = 3;
    auto unpinned_of_plugged = two;
    unpinned_of_plugged.vcpus = 12;
    unpinned_of_plugged.current_vcpus = 3;
    auto no_emulator = two;
    no_emulator.emulator_pin.reset();
    auto wide_emulator = two;
    wide_emulator.emulator_pin->cpus = {0, 1, 2, 3, 6, 7};
    auto has_lost = host_with_partitions();
    has_lost.cgroups.lost = {6};
    auto shared_emulator = host_with_partitions();
    shared_emulator.cgroups.machine = {
        {.name = "VM 'b'", .cpus = {}, .exclusive = {}, .threads = {{"emulator", {0, 1}}}}};
    auto limited_scope = host_with_partitions();
    limited_scope.cgroups.machine = {
        {.name = "libpod-abc.scope", .cpus = {4, 5}, .exclusive = {}, .threads = {}}};
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
         {Case{two, no_kernel,
               "this kernel does not support partitions inside a VM's cgroup (Linux 6.7 and newer do)"},
          Case{pinned_to({{4}, {5, 6}}), host_with_partitions(),
               "vCPU 1 is pinned to more than one CPU, 5-6"},
          Case{named, host_with_partitions(),
               "vCPU 1 (line 12 of the domain's XML) shares CPU 4 with another vCPU"},
          Case{one_unpinned, host_with_partitions(), "1 of 3 vCPUs has no <vcpupin>"},
          Case{no_emulator, host_with_partitions(), "the emulator is not pinned to its own CPUs"},
          Case{two, has_lost, lost_cpus_text({6})},
          Case{two, shared_emulator, "CPU 0 of the emulator or an I/O thread is also used by VM 'b'"},
          Case{two, limited_scope,
               "libpod-abc.scope may run on CPU 4-5 only, and the kernel does not take that CPU away"},
          Case{wide_emulator, host_with_partitions(),
               "CPU 0-3,6-7 of the emulator would belong only to the VM, which leaves the host 0 of 8 cores, "
               "but at least 1 must stay"},
          Case{unpinned_of_plugged, host_with_partitions(), "1 of 3 vCPUs has no <vcpupin>"},
          Case{emulator_inside, host_with_partitions(),
               "the emulator (line 17 of the domain's XML) is pinned to CPU 5, which belongs to a vCPU"},
          Case{iothread_inside, host_with_partitions(),
               "I/O thread 1 (line 18 of the domain's XML) is pinned to CPU 4, which belongs to a vCPU"}}) {
        CAPTURE(obstacle);
        const std::string message = "cpus.method = \"partition\" is not possible: " + obstacle;
        const std::string hint = "\n  hint: correct this, or set cpus.method = \"slices\"\n";
        CHECK(partitions_of(domain, partition, facts) ==
              "win11.toml:2:1: warning: " + message + "; hostlease uses slices instead" + hint);
        CHECK(partitions_of(domain, required(partition, "cpus"), facts) ==
              "win11.toml:2:1: error: " + message + hint);
        CHECK(partitions_of(domain, policy_with({{"cpus.method", "auto"}}), facts) == "");
        CHECK(partitions_of(domain, required(policy_with({{"cpus.isolate", "pinned"}}), "cpus"), facts) ==
              "");
    }
}

TEST_CASE("vCPUs that are neither plugged in nor pinned are ignored if partitions are requested, and "
          "otherwise are an obstacle") {
    auto domain = pinned_to({{4}, {5}});
    domain.vcpus = 6;
    CHECK(partitions_of(domain, partition) ==
          nested_claims(4, 5) + "win11.toml:2:1: note: 4 of 6 vCPUs are neither online nor pinned: if "
                                "hot-plugged, they get no partition and run on CPU 0\n");
    for (const auto& policy :
         {policy_with({{"cpus.method", "auto"}}), policy_with({{"cpus.isolate", "pinned"}})}) {
        CHECK(partitions_of(domain, policy) == "");
        const auto facts = host_with_partitions();
        const std::map<PoolId, std::uint64_t> promised;
        CHECK(partition_obstacle({domain, policy, facts, {}, promised}) ==
              "4 of 6 vCPUs are neither online nor pinned (cpus.method = \"partition\" ignores them)");
    }
}

TEST_CASE("a pinned vCPU has its CPU in the partition before it is plugged in") {
    auto domain = pinned_to({{4}, {5}});
    domain.current_vcpus = 1;
    CHECK(partitions_of(domain, policy_with({{"cpus.method", "auto"}})) == nested_claims(4, 5));
}

TEST_CASE("vCPUs without a vcpupin are pinned by the cpuset of <vcpu>") {
    auto domain = pinned_to({{4}});
    domain.vcpus = domain.current_vcpus = 2;
    domain.vcpu_cpus = {5};
    CHECK(pinned_cpus(domain) == CpuSet{4, 5});
    CHECK(partitions_of(domain, partition) == nested_claims(4, 5));
    domain.vcpu_cpus = {5, 6};
    CHECK(partitions_of(domain, partition).find("vCPU 1 is pinned to more than one CPU, 5-6") !=
          std::string::npos);
    domain.vcpu_pins.push_back({.id = 1, .cpus = {5}, .line = 12});
    CHECK(pinned_cpus(domain) == CpuSet{4, 5}); // the cpuset has no effect any more
}

TEST_CASE("other CPUs than the vCPUs' are isolated only by slices") {
    CHECK(partitions_of(pinned_to({{4}, {5}}),
                        policy_with({{"cpus.method", "partition"}, {"cpus.isolate", CpuSet{4, 5, 6}}})) ==
          "win11.toml:2:1: warning: cpus.method = \"partition\" is not possible: cpus.isolate is 4-6, but "
          "the vCPUs are pinned to 4-5; hostlease uses slices instead\n  hint: correct this, or set "
          "cpus.method = \"slices\"\n");
}

TEST_CASE("an emulator on a vCPU's CPU among others is also an obstacle") {
    auto domain = pinned_to({{4}, {5}});
    domain.emulator_pin = Pin{.id = 0, .cpus = {4, 6}, .line = 17};
    CHECK(
        partitions_of(domain, partition)
            .find("the emulator (line 17 of the domain's XML) is pinned to CPU 4, which belongs to a vCPU") !=
        std::string::npos);
    domain.emulator_pin.reset();
    domain.vcpu_cpus = {5}; // an emulator without a pin of its own uses these CPUs
    CHECK(partitions_of(domain, partition).find("the emulator is pinned to CPU 5") != std::string::npos);
}

TEST_CASE("once QEMU runs, the CPUs are exclusive at each level down to the vCPU's cgroup") {
    const Scene scene{pinned_to({{4}, {5}}), partition, host_with_partitions()};
    const std::string scope = "/machine.slice/machine-qemu\\x2d1\\x2dwin11.scope";
    RunningFacts running;
    running.threads = {{{100, 1}, "emulator", scope + "/libvirt/emulator"},
                       {{101, 1}, "vcpu0", scope + "/libvirt/vcpu0"},
                       {{102, 1}, "vcpu1", scope + "/libvirt/vcpu1"}};
    const auto exclusive = [](const std::string& cgroup, const std::string& cpu) {
        return "exclusive " + cgroup + " = " + cpu + " in /sys/fs/cgroup" + cgroup +
               "/cpuset.cpus.exclusive\n";
    };
    const auto branch = [&](const std::string& name, const std::string& cpus, const std::string& word) {
        const std::string cgroup = scope + "/libvirt" + name;
        return exclusive("/machine.slice", cpus) + exclusive(scope, cpus) +
               exclusive(scope + "/libvirt", cpus) + (name.empty() ? "" : exclusive(cgroup, cpus)) +
               "partition " + cgroup + " = " + word + " in /sys/fs/cgroup" + cgroup +
               "/cpuset.cpus.partition\n";
    };
    const std::string around = branch("", "0,4-5", "root");
    CHECK(resolved(scene, running) ==
          around + branch("/vcpu0", "4", "isolated") + branch("/vcpu1", "5", "isolated"));
    running.threads.pop_back(); // not plugged in: the VM keeps its CPU
    CHECK(resolved(scene, running) == around + branch("/vcpu0", "4", "isolated"));
    CHECK(resolved(scene, {}) == "");
}

TEST_CASE("claims of a version with partitions for vCPUs only keep their meaning") {
    const Knob& knob = *find_knob("cpus.method");
    const std::string vcpu = "/machine.slice/a.scope/libvirt/vcpu0";
    Claim open{.knob = "cpus.method",
               .target = AwaitsQemu{"exclusive vcpu0", "/sys/fs/cgroup/*/vcpu0/cpuset.cpus.exclusive"},
               .value = "4"};
    open.condition = Condition::partition;
    RunningFacts running;
    running.threads = {{{101, 1}, "vcpu0", vcpu}};
    CHECK(knob.resolve(open, running).size() == 4);
    open.target = AwaitsQemu{"partition vcpu0", "/sys/fs/cgroup/*/vcpu0/cpuset.cpus.partition"};
    REQUIRE(knob.resolve(open, running).size() == 1);
    CHECK(knob.resolve(open, running).front().name() == "partition " + vcpu);
}

TEST_CASE("in sorted order, the targets of a cgroup come before those below it, and partitions last") {
    std::vector<std::string> targets{
        "partition /machine.slice/a.scope/libvirt/vcpu0", "partition /machine.slice/a.scope/libvirt",
        "exclusive /machine.slice/a.scope/libvirt",       "exclusive /machine.slice",
        "exclusive /machine.slice/a.scope/libvirt/vcpu0", "exclusive /machine.slice/a.scope"};
    std::sort(targets.begin(), targets.end());
    CHECK(targets == std::vector<std::string>{"exclusive /machine.slice", "exclusive /machine.slice/a.scope",
                                              "exclusive /machine.slice/a.scope/libvirt",
                                              "exclusive /machine.slice/a.scope/libvirt/vcpu0",
                                              "partition /machine.slice/a.scope/libvirt",
                                              "partition /machine.slice/a.scope/libvirt/vcpu0"});
}

TEST_CASE("exclusive CPUs of several vCPUs and VMs add up; a partition is isolated or it is not") {
    const Knob& knob = *find_knob("cpus.method");
    const std::vector<std::string> cpus{"4", "5", "6"};
    CHECK(knob.rule("exclusive /machine.slice")("", cpus).value == "4-6");
    CHECK(knob.rule("exclusive /machine.slice")("7", cpus).value == "4-7");
    const std::vector<std::string> isolated{"isolated"};
    CHECK(knob.rule("partition /machine.slice/a.scope/libvirt/vcpu0")("member", isolated).value ==
          "isolated");
}

TEST_CASE("[[sysfs]] cannot name the files of cpuset partitions") {
    for (const char* path : {"/sys/fs/cgroup/machine.slice/cpuset.cpus.exclusive",
                             "/sys/fs/cgroup/a.slice/cpuset.cpus.partition",
                             "/sys/fs/cgroup/machine.slice/a.scope/libvirt/vcpu0/cpuset.cpus.partition"}) {
        CAPTURE(path);
        REQUIRE(owner_of(path) != nullptr);
        CHECK(owner_of(path)->key == "cpus.method");
    }
    CHECK(owner_of("/sys/fs/cgroup/system.slice/cpuset.cpus")->key == "cpus.isolate");
    CHECK(owner_of("/sys/fs/cgroup/system.slice/cpuset.mems") == nullptr);
}
