#include "core/parse.hpp"
#include "plan/checks.hpp"
#include "plan/rivals.hpp"

#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
using Check = void (*)(const PlanInput&, Diagnostics&);

std::string found(Check check, const Scene& scene) {
    Diagnostics notes;
    check(scene.input(), notes);
    return notes.text();
}

/// Eight CPUs on two nodes in cores of two: 0 and 1, 2 and 3, ...
HostFacts host_with_threads() {
    auto facts = host_with_nodes(2);
    facts.possible = facts.online;
    facts.cgroups.has_cpuset = true;
    for (unsigned cpu = 0; cpu < 8; cpu += 2)
        facts.cores.push_back({cpu, cpu + 1});
    return facts;
}

Domain pinned_to(std::initializer_list<CpuSet> pins) {
    auto domain = with_pins(domain_with_memory(GiB), pins);
    domain.vcpus = domain.current_vcpus = static_cast<unsigned>(pins.size());
    unsigned line = 10;
    for (auto& pin : domain.vcpu_pins)
        pin.line = line++;
    return domain;
}

Domain with_emulator(Domain domain, const CpuSet& cpus) {
    domain.emulator_pin = Pin{.id = 0, .cpus = cpus, .line = 20};
    return domain;
}

Domain bound_to(Domain domain, const NodeSet& nodes, NumaMode mode = NumaMode::strict) {
    domain.numa_memory = NumaMemory{.mode = mode, .nodes = nodes, .automatic = false, .line = 30};
    return domain;
}

Claim limit(const std::string& target, const std::string& value) {
    auto claim = claim_on("cpus.isolate", Limit{parse_limit(target).value()}, value);
    claim.phase = Phase::prepare;
    return claim;
}

const Policy pinned = policy_with({{"cpus.isolate", "pinned"}});
const std::string at = "win11.toml:2:1: ";
} // namespace

TEST_CASE("a hardware thread of the VM's core that stays the host's is reported, refused or allowed") {
    const auto split = pinned_to({{4}, {5}, {6}});
    const std::string text = "CPU 6 would belong to the VM and CPU 7, the sibling threads of the same cores, "
                             "to the host: work on these threads slows the VM down\n  hint: give the VM "
                             "whole cores, or set cpus.keep_siblings = \"allow\"\n";
    const auto keep = [](const char* word) {
        return policy_with({{"cpus.isolate", "pinned"}, {"cpus.keep_siblings", word}});
    };
    CHECK(found(check_topology, {split, pinned, host_with_threads()}) == at + "warning: " + text);
    CHECK(found(check_topology, {split, keep("warn"), host_with_threads()}) ==
          "win11.toml:3:1: warning: " + text);
    CHECK(found(check_topology, {split, keep("error"), host_with_threads()}) ==
          "win11.toml:3:1: error: " + text);
    CHECK(found(check_topology, {split, keep("allow"), host_with_threads()}) == "");
    CHECK(found(check_topology, {pinned_to({{4}, {5}}), pinned, host_with_threads()}) == "");
    auto seven_off = host_with_threads();
    seven_off.online.remove(7);
    CHECK(found(check_topology, {split, pinned, seven_off}) == "");
    Scene shared{split, pinned, host_with_threads()};
    shared.others = {lease_of("game", {limit("isolated", "7")})}; // 7 is the other VM's, not the host's
    CHECK(found(check_topology, shared) == "");
}

TEST_CASE("a policy that isolates no CPUs gets no messages about CPUs") {
    const auto split = pinned_to({{0, 1, 2, 3, 4, 5, 6}});
    for (const auto& policy : {policy_with({{"memory.ksm", "off"}}), policy_with({{"cpus.isolate", "none"}}),
                               policy_with({{"cpus.isolate", "leave"}, {"cpus.keep_siblings", "error"}})})
        CHECK(found(check_topology, {split, policy, host_with_threads()}) == "");
}

TEST_CASE("fewer whole cores than the host must keep refuse the start; fewer than two cause a note") {
    struct Case {
        std::int64_t minimum;
        std::string isolated;
        std::string others;
        std::string text;
    };
    const std::string hint = "\n  hint: isolate fewer CPUs\n";
    for (const auto& [minimum, isolated, others, text] :
         {Case{1, "4-7", "", ""}, Case{2, "4-7", "", ""},
          Case{3, "4-7", "",
               "error: CPU 4-7 isolated leaves the host 2 of 4 cores, but at least 3 must stay" + hint},
          Case{1, "2-7", "",
               "warning: CPU 2-7 isolated leaves the host 1 of 4 cores; interrupts, QEMU's own threads and "
               "all other work share it\n"
               "  hint: leave the host two or more cores\n"},
          Case{1, "0-7", "",
               "error: CPU 0-7 isolated leaves the host 0 of 4 cores, but at least 1 must stay" + hint},
          Case{1, "6-7", "2-5",
               "warning: CPU 2-7 isolated leaves the host 1 of 4 cores; interrupts, QEMU's own threads and "
               "all other work share it\n"
               "  hint: leave the host two or more cores\n"},
          Case{1, "6-7", "0-5",
               "error: CPU 0-7 isolated leaves the host 0 of 4 cores, but at least 1 must stay" + hint}}) {
        CAPTURE(text);
        Scene scene{pinned_to({{4}}),
                    policy_with({{"cpus.housekeeping_min_cores", minimum},
                                 {"cpus.isolate", parse_cpu_list(isolated).value()},
                                 {"cpus.keep_siblings", "allow"}}),
                    host_with_threads()};
        if (!others.empty()) scene.others = {lease_of("game", {limit("isolated", others)})};
        const std::string place = text.starts_with("error") ? "win11.toml:2:1: " : "win11.toml:3:1: ";
        CHECK(found(check_topology, scene) == (text.empty() ? "" : place + text));
    }
}

TEST_CASE("half a core does not count as a core for the host") {
    const Scene scene{pinned_to({{1}, {3}, {5}}),
                      policy_with({{"cpus.isolate", "pinned"}, {"cpus.keep_siblings", "allow"}}),
                      host_with_threads()};
    CHECK(found(check_topology, scene).find("leaves the host 1 of 4 cores") != std::string::npos);
}

TEST_CASE("the cores that another VM wants the host to keep count as well, as long as it holds its lease") {
    Scene scene{pinned_to({{4}, {5}}), pinned, host_with_threads()};
    scene.others = {lease_of("game", {limit("housekeeping cores", "4")})};
    CHECK(found(check_topology, scene) == at + "error: CPU 4-5 isolated leaves the host 3 of 4 cores, but at "
                                               "least 4 must stay (VM 'game', other.toml:7:1)\n"
                                               "  hint: isolate fewer CPUs\n");
    scene.others[0].state = LeaseState::releasing;
    CHECK(found(check_topology, scene) == "");
}

TEST_CASE("a list with CPUs that the host lacks is reported") {
    CHECK(found(check_topology, {pinned_to({{4}, {5}}), policy_with({{"cpus.isolate", CpuSet{4, 5, 12}}}),
                                 host_with_threads()}) ==
          at + "warning: these CPUs do not exist on this host: 12\n  hint: its CPUs are 0-7\n");
}

TEST_CASE("CPUs of two VMs: the message names both and both policies' lines") {
    struct Case {
        std::string target;
        std::string value;
        Policy policy;
        std::string text;
    };
    const std::string hint = "\n  hint: pin the two VMs to different CPUs\n";
    const std::string isolated = "CPU 5 would be isolated for VM 'win11', and VM 'game' ";
    for (const auto& [target, value, policy, text] :
         {Case{"isolated", "5-6", pinned,
               at + "warning: " + isolated + "has it isolated (other.toml:7:1)" + hint},
          Case{"isolated", "5-6", required(pinned, "cpus"),
               at + "error: " + isolated + "has it isolated (other.toml:7:1)" + hint},
          Case{"pinned", "5-6", pinned,
               at + "warning: " + isolated + "is pinned to it (other.toml:7:1)" + hint},
          Case{"isolated", "5-6", policy_with({{"cpus.isolate", "none"}}),
               at + "warning: CPU 5 is used by VM 'win11', and VM 'game' has it isolated (other.toml:7:1)" +
                   hint},
          Case{"isolated", "5-6", policy_with({{"memory.ksm", "off"}}),
               "win11.toml: warning: CPU 5 is used by VM 'win11', and VM 'game' has it isolated "
               "(other.toml:7:1)" +
                   hint},
          Case{"pinned", "5-6", policy_with({{"cpus.isolate", "none"}}), ""},
          Case{"isolated", "6-7", pinned, ""}, Case{"housekeeping cores", "5", pinned, ""}}) {
        CAPTURE(text);
        Scene scene{pinned_to({{4}, {5}}), policy, host_with_threads()};
        scene.others = {lease_of("game", {limit(target, value)})};
        CHECK(found(check_other_leases, scene) == text);
        scene.others[0].state = LeaseState::releasing;
        CHECK(found(check_other_leases, scene) == "");
    }
}

TEST_CASE("a CPU that the other VM is pinned to and has isolated is reported once") {
    Scene scene{pinned_to({{4}, {5}}), pinned, host_with_threads()};
    scene.others = {lease_of("game", {limit("pinned", "5-6"), limit("isolated", "5-6")})};
    const auto text = found(check_other_leases, scene);
    CHECK(text.find("has it isolated") != std::string::npos);
    CHECK(text.find("is pinned to it") == std::string::npos);
}

TEST_CASE("a pin that libvirt cannot set refuses the start; a pin that it can set in part is reported") {
    auto facts = host_with_threads();
    facts.online -= CpuSet{5};
    const auto pins = [&](std::initializer_list<CpuSet> cpus) {
        return found(check_pins, {with_emulator(pinned_to(cpus), {0}), pinned, facts});
    };
    CHECK(pins({{4}}) == "");
    CHECK(pins({{5}}) == at + "error: vCPU 0 (line 10 of the domain's XML) is pinned to CPU 5, which is "
                              "offline: libvirt cannot start the VM with this pinning\n  hint: bring the CPU "
                              "online, or pin the thread to another one\n");
    CHECK(pins({{4}, {12}}) ==
          at + "error: vCPU 1 (line 11 of the domain's XML) is pinned to CPU 12, which does not exist on "
               "this host: libvirt cannot start the VM with this pinning\n  hint: its CPUs are 0-7\n");
    CHECK(
        pins({{12}, {4}, {13}}) ==
        at + "error: vCPU 0,2 (lines 10 to 12 of the domain's XML) are pinned to CPU 12-13, which do not "
             "exist on this host: libvirt cannot start the VM with this pinning\n  hint: its CPUs are 0-7\n");
    CHECK(pins({{4, 5}}) ==
          at + "warning: vCPU 0 (line 10 of the domain's XML) is pinned to CPU 5, which is offline\n"
               "  hint: bring the CPU online, or pin the thread to another one\n");
    CHECK(found(check_pins, {with_emulator(pinned_to({{4}}), {12}), pinned, facts})
              .find("the emulator (line 20") != std::string::npos);
    // libvirt cannot set the pin, whatever the policy concerns
    CHECK(
        found(check_pins, {with_emulator(pinned_to({{5}}), {0}), policy_with({{"memory.ksm", "off"}}), facts})
            .find("offline") != std::string::npos);
}

TEST_CASE("a pin to a CPU of another VM's partition refuses the start, and names both VMs") {
    const auto partitioned = [](Enforce enforce) {
        Lease lease = lease_of("game", {});
        for (const auto& [target, cpus] : std::vector<std::pair<std::string, std::string>>{
                 {"exclusive libvirt", "0,6-7"}, {"exclusive vcpu0", "6"}, {"exclusive vcpu1", "7"}}) {
            auto claim =
                claim_on("cpus.method", AwaitsQemu{target, "/sys/fs/cgroup/*/cpuset.cpus.exclusive"}, cpus);
            claim.condition = Condition::partition;
            claim.enforce = enforce;
            lease.claims.push_back(claim);
        }
        return lease;
    };
    const auto text = [&](const Domain& domain, const Lease& lease) {
        Scene scene{domain, policy_with({{"memory.ksm", "off"}}), host_with_threads()};
        scene.others = {lease};
        return found(check_pins, scene);
    };
    const Lease other = partitioned(Enforce::best_effort);
    const std::string start = "win11.toml: ";
    const std::string owned = "vCPU 1 (line 11 of the domain's XML) of VM 'win11' is pinned to CPU 7, which "
                              "VM 'game' uses exclusively in a partition: ";
    CHECK(text(pinned_to({{4}, {7}}), other) ==
          start + "error: " + owned +
              "libvirt would fail with \"cannot set CPU affinity\"\n  hint: pin the thread to other CPUs\n");
    CHECK(text(pinned_to({{4}, {5, 7}}), other) ==
          start + "warning: " + owned + "it cannot run there\n  hint: pin the thread to other CPUs\n");
    CHECK(text(pinned_to({{6}, {7}}), other) ==
          start + "error: vCPU 0-1 (lines 10 to 11 of the domain's XML) of VM 'win11' are pinned to CPU 6-7, "
                  "which VM 'game' uses exclusively in a partition: libvirt would fail with \"cannot set CPU "
                  "affinity\"\n  hint: pin the thread to other CPUs\n");
    CHECK(text(pinned_to({{4, 6}, {5, 7}}), other) ==
          start + "warning: vCPU 0-1 (lines 10 to 11 of the domain's XML) of VM 'win11' are pinned to CPU "
                  "6-7, which VM 'game' uses exclusively in a partition: they cannot run there\n  hint: pin "
                  "the thread to other CPUs\n");
    CHECK(text(pinned_to({{4}, {5}}), other) == "");
    // partitions give up the emulator's CPU unless they are required
    CHECK(text(with_emulator(pinned_to({{4}, {5}}), {0}), other) == "");
    CHECK(text(with_emulator(pinned_to({{4}, {5}}), {0}), partitioned(Enforce::required))
              .find("error: the emulator") != std::string::npos);
    Lease gone = other;
    gone.isolation = Isolation::fallen_back;
    CHECK(text(pinned_to({{4}, {7}}), gone) == "");
    gone.isolation = Isolation::partitioned;
    gone.state = LeaseState::ending;
    CHECK(text(pinned_to({{4}, {7}}), gone) == "");
}

TEST_CASE("a pin to a CPU in a partition without a lease, or lost by the kernel, refuses the start") {
    auto facts = host_with_threads();
    facts.cgroups.machine = {{.name = "rt.scope", .cpus = {}, .exclusive = {6, 7}, .threads = {}}};
    const auto policy = policy_with({{"memory.ksm", "off"}});
    CHECK(found(check_pins, {pinned_to({{6}}), policy, facts})
              .find("which rt.scope uses exclusively in a partition: libvirt would fail") !=
          std::string::npos);
    facts.cgroups.machine.clear();
    facts.cgroups.lost = {6};
    CHECK(found(check_pins, {pinned_to({{6}}), policy, facts})
              .find(lost_cpus_text({6}) + ": libvirt would fail") != std::string::npos);
}

TEST_CASE("vCPUs without a pin beside pinned ones are reported") {
    auto domain = with_emulator(pinned_to({{4}, {5}}), {0});
    domain.vcpus = domain.current_vcpus = 4;
    CHECK(found(check_pins, {domain, pinned, host_with_threads()}) ==
          at + "warning: vCPU 2-3 are not pinned and may run on the CPUs of the other vCPUs\n"
               "  hint: add a <vcpupin> for each vCPU to the domain's <cputune>\n");
    domain.vcpu_cpus = {6}; // pins all other threads
    CHECK(found(check_pins, {domain, pinned, host_with_threads()}) == "");
}

TEST_CASE("tasks that slices leave on the VM's CPUs are named, and tasks that partitions move off them") {
    auto facts = host_with_threads();
    facts.cgroups.machine = {
        {.name = "libpod-abc.scope", .cpus = {}, .exclusive = {}, .threads = {}},
        {.name = "near.scope", .cpus = {0, 1}, .exclusive = {}, .threads = {}},
        {.name = "VM 'other'", .cpus = {}, .exclusive = {}, .threads = {{"emulator", {}}, {"vcpu0", {1}}}},
        {.name = "VM 'far'", .cpus = {}, .exclusive = {}, .threads = {{"emulator", {1}}, {"vcpu0", {2}}}},
        {.name = "VM 'met'", .cpus = {}, .exclusive = {}, .threads = {{"emulator", {1}}, {"vcpu0", {5}}}}};
    const auto text = [&] {
        return found(check_machine_units, {with_emulator(pinned_to({{4}, {5}}), {0}), pinned, facts});
    };
    CHECK(text() == at + "warning: slices do not keep these units off CPU 4-5: "
                         "libpod-abc.scope, VM 'other', VM 'met'\n"
                         "  hint: pin these VMs to other CPUs, and set AllowedCPUs= for the other units\n");
    // the emulator uses its CPU 0, so no partition is possible
    facts.cgroups.machine.erase(facts.cgroups.machine.begin() + 1);
    facts.cgroups.has_remote_partitions = true;
    CHECK(text() == at + "warning: vCPU 0 of VM 'met' is pinned to CPU 5, but runs on other CPUs while VM "
                         "'win11' has a partition there\n  hint: pin the two VMs to different CPUs\n");
}

TEST_CASE("a machine.slice without the CPUs of a pin refuses the start, like libvirt") {
    auto facts = host_with_threads();
    const auto pins = [&](const CpuSet& slice, std::initializer_list<CpuSet> cpus,
                          const std::string& partition = {}) {
        facts.cgroups.slices.clear();
        if (!slice.empty()) facts.cgroups.slices.push_back({"machine.slice", slice});
        auto domain = with_emulator(pinned_to(cpus), {0});
        domain.partition = partition;
        return found(check_pins, {domain, pinned, facts});
    };
    const std::string set = "\n  hint: run systemctl set-property --runtime machine.slice AllowedCPUs=";
    CHECK(pins({}, {{6}}) == "");
    CHECK(pins({0, 6}, {{6}}) == "");
    CHECK(pins({0, 1}, {{6}}) ==
          at +
              "error: VMs may run on CPU 0-1 (machine.slice), but vCPU 0 (line 10 of the domain's XML) is "
              "pinned to 6: libvirt would fail with \"cannot set CPU affinity\"" +
              set + "0-1,6\n");
    CHECK(pins({0, 1}, {{1, 6}}) == at +
                                        "warning: VMs may run on CPU 0-1 (machine.slice), but vCPU 0 (line "
                                        "10 of the domain's XML) is pinned to 1,6: it cannot run on CPU 6" +
                                        set + "0-1,6\n");
    CHECK(pins({0, 1}, {{6}, {7}}) ==
          at +
              "error: VMs may run on CPU 0-1 (machine.slice), but vCPU 0-1 (lines 10 to 11 of the domain's "
              "XML) are pinned to 6-7: libvirt would fail with \"cannot set CPU affinity\"" +
              set + "0-1,6-7\n");
    CHECK(pins({0, 1}, {{6}}, "/fast") == ""); // it is in another slice
    CHECK(pins({0, 1}, {{6}}, "/machine/prod").find("(machine.slice)") != std::string::npos);
}

TEST_CASE("a slice of VMs other than machine.slice restricts the VMs in it") {
    auto facts = host_with_threads();
    facts.cgroups.slices = {{"fast.slice", {0, 4, 5}}, {"fast-night\\x2d2.slice", {0, 4}}};
    std::vector<Lease> leases;
    const auto text = [&](std::initializer_list<CpuSet> cpus, const std::string& partition) {
        auto domain = with_emulator(pinned_to(cpus), {0});
        domain.partition = partition;
        return found(check_pins, {domain, pinned, facts, leases});
    };
    CHECK(text({{6}}, "") == "");
    CHECK(text({{6}}, "/fas") == "");
    CHECK(text({{5}}, "/fast") == "");
    CHECK(text({{6}}, "/fast").find("VMs may run on CPU 0,4-5 (fast.slice), but vCPU 0") !=
          std::string::npos);
    CHECK(text({{5}}, "/fast/night-2").find("error: VMs may run on CPU 0,4 (fast-night\\x2d2.slice)") !=
          std::string::npos);
    CHECK(text({{5}}, "/fast/day") == ""); // has no slice of its own yet
    CHECK(text({{5, 6}}, "/fast/night-2").find("error: VMs may run on CPU 0,4-5 (fast.slice)") !=
          std::string::npos);
}

TEST_CASE("QEMU's own threads on the CPUs of vCPUs are reported") {
    const auto text = [&](const Domain& domain) {
        return found(check_pins, {domain, pinned, host_with_threads()});
    };
    const auto two = pinned_to({{4}, {5}});
    CHECK(text(with_emulator(two, {0, 5})) == at + "warning: the emulator (line 20 of the domain's XML) may "
                                                   "run on CPU 0,5, which includes CPUs of vCPU 1\n"
                                                   "  hint: pin the thread to CPUs without vCPUs\n");
    CHECK(text(with_emulator(two, {4, 5})).find("CPU 4-5, which includes CPUs of vCPU 0-1\n") !=
          std::string::npos);
    CHECK(text(two) == at + "warning: the emulator is not pinned, so it may run on the CPUs of the vCPUs\n"
                            "  hint: add an <emulatorpin> to the domain's <cputune>\n");
    auto iothread = with_emulator(two, {0});
    iothread.iothread_pins = {Pin{.id = 1, .cpus = {4}, .line = 21}};
    CHECK(text(iothread).find("I/O thread 1 (line 21 of the domain's XML) may run on CPU 4") !=
          std::string::npos);
    auto facts = host_with_threads();
    facts.cgroups.has_remote_partitions = true;
    CHECK(found(check_pins, {with_emulator(two, {0}), pinned, facts}) == "");
    CHECK(found(check_pins, {with_emulator(two, {6}), policy_with({{"cpus.isolate", CpuSet{4, 5, 6}}}),
                             host_with_threads()}) == "");
}

TEST_CASE("vCPUs far from their memory are reported, all with the same distance at once") {
    const auto text = [&](Domain domain) {
        return found(check_pins, {with_emulator(std::move(domain), {0}), pinned, host_with_threads()});
    };
    const auto both = pinned_to({{4}, {5}});
    CHECK(text(bound_to(both, {1})) == "");
    CHECK(text(bound_to(both, {0, 1})) == "");
    CHECK(text(bound_to(both, {0})) ==
          at + "warning: vCPU 0-1 on node 1 would be far from the memory on node 0\n"
               "  hint: pin to CPUs of node 0, or bind the memory to node 1\n");
    auto cells = bound_to(pinned_to({{4}, {5}}), {1});
    cells.cells = {GuestCell{.id = 0, .vcpus = {0}}, GuestCell{.id = 1, .vcpus = {1}}};
    cells.numa_cells = {NumaCell{.cell = 1, .mode = NumaMode::strict, .nodes = {0}}};
    CHECK(text(cells).find("vCPU 1 on node 1 would be far from the memory on node 0") != std::string::npos);
    auto automatic = bound_to(both, {0});
    automatic.numa_memory->automatic = true;
    CHECK(text(automatic) == "");
}

TEST_CASE("Debian 12's libvirt cannot start a VM whose emulator is far from preallocated memory") {
    auto domain = with_emulator(bound_to(with_hugepages(pinned_to({{4}}), 2 * MiB), {1}), {0});
    auto facts = host_with_threads();
    facts.kernel = "6.1.0-50-amd64";
    const auto policy = policy_with({{"memory.ksm", "off"}});
    const auto text = [&] { return found(check_pins, {domain, policy, facts}); };
    CHECK(text() == "win11.toml: warning: the emulator (line 20 of the domain's XML) is pinned to CPU 0, "
                    "away from the memory on node 1: libvirt before 9.2 (Debian 12) cannot start QEMU with "
                    "this pinning (\"Setting CPU affinity failed\")\n"
                    "  hint: pin the emulator to CPU 4-7, or update libvirt\n");
    facts.kernel = "6.12.9+bpo12-amd64"; // from backports
    CHECK(text() != "");
    facts.kernel = "6.12.94+deb13-amd64";
    CHECK(text() == "");
    facts.kernel = "6.1.0-50-amd64";
    domain.emulator_pin->cpus = {0, 4};
    CHECK(text() == "");
    domain.emulator_pin->cpus = {0};
    domain.numa_memory->mode = NumaMode::preferred;
    CHECK(text() == "");
    domain.numa_memory->mode = NumaMode::strict;
    domain.backing = {};
    CHECK(text() == "");
    domain.backing.allocation = "immediate";
    CHECK(text() != "");
}

TEST_CASE("each key that a rival sets is a policy key, or a table of keys") {
    for (const auto& rival : rivals())
        for (const auto key : rival.keys) {
            const std::string name(key);
            CAPTURE(name);
            const auto keys = policy_keys();
            CHECK(std::any_of(keys.begin(), keys.end(), [&](const KeySpec& spec) {
                return name.ends_with('.') ? spec.key.starts_with(name) : spec.key == name;
            }));
        }
}

TEST_CASE("a service that sets the same as the policy is reported, and no other") {
    struct Case {
        std::string service;
        Policy policy;
        std::string text;
    };
    const auto power = policy_with({{"memory.swappiness", 10}, {"power.governor", "performance"}});
    const auto running = [](const std::string& name, const std::string& keys) {
        return name + " is running and sets what this policy sets: " + keys +
               "\n  hint: stop it (systemctl disable --now " + name +
               "), or remove these keys from the policy\n";
    };
    const auto irqs = [](const char* balancer) {
        return policy_with({{"irqs.affinity", "housekeeping"}, {"irqs.balancer", balancer}});
    };
    const auto vfio = [](const char* balancer, const char* place) {
        return policy_with({{"irqs.balancer", balancer}, {"irqs.vfio", place}});
    };
    for (const auto& [service, policy, text] :
         {Case{"tuned.service", power,
               at + "warning: " + running("tuned.service", "memory.swappiness, power.governor")},
          Case{"power-profiles-daemon.service", power,
               "win11.toml:3:1: warning: " + running("power-profiles-daemon.service", "power.governor")},
          Case{"auto-cpufreq.service", power,
               "win11.toml:3:1: warning: " + running("auto-cpufreq.service", "power.governor")},
          Case{"tlp.service", power, "win11.toml:3:1: warning: " + running("tlp.service", "power.governor")},
          Case{"thermald.service", power, ""},
          Case{"thermald.service", policy_with({{"power.boost", true}}),
               at + "warning: " + running("thermald.service", "power.boost")},
          Case{"intel_lpmd.service", power, ""},
          Case{"intel_lpmd.service", pinned,
               at + "warning: " + running("intel_lpmd.service", "cpus.isolate")},
          Case{"tuned.service", pinned, ""},
          Case{"tuned.service", policy_with({{"power.governor", "leave"}}), ""},
          Case{"ksmtuned.service", power, ""},
          Case{"ksmtuned.service", policy_with({{"memory.ksm", "off"}}),
               at + "warning: " + running("ksmtuned.service", "memory.ksm")},
          Case{"tlp.service", policy_with({{"storage.scheduler", "none"}}),
               at + "warning: " + running("tlp.service", "storage.scheduler")},
          Case{"numad.service", pinned, at + "warning: " + running("numad.service", "cpus.isolate")},
          Case{"numad.service", power, ""},
          Case{"ananicy.service", policy_with({{"threads.vcpu", "fifo:1"}}),
               at + "warning: " + running("ananicy.service", "threads.vcpu")},
          Case{"ananicy-cpp.service", policy_with({{"threads.vcpu", "fifo:1"}}),
               at + "warning: " + running("ananicy-cpp.service", "threads.vcpu")},
          Case{"ananicy-cpp.service", power, ""},
          Case{"ssh.service", power, ""},
          Case{"irqbalance.service", power, ""},
          Case{"irqbalance.service", irqs("ban"), ""},
          Case{"irqbalance.service", irqs("leave"),
               at + "warning: irqbalance.service is running and sets what this policy sets: irqs.affinity\n"
                    "  hint: set irqs.balancer = \"ban\"\n"},
          Case{"irqbalance.service", vfio("leave", "housekeeping"),
               "win11.toml:3:1: warning: irqbalance.service is running and sets what this policy sets: "
               "irqs.vfio\n"
               "  hint: set irqs.balancer = \"ban\"\n"},
          Case{"irqbalance.service", vfio("ban", "housekeeping"), ""},
          Case{"irqbalance.service", vfio("ban", "pinned"),
               "win11.toml:3:1: warning: irqbalance.service is running and sets what this policy sets: "
               "irqs.vfio\n  hint: stop it (systemctl disable --now irqbalance.service), or start it with "
               "--banirq for the host devices' interrupts\n"},
          Case{"tuned.service", policy_with({{"workqueues.affinity", "housekeeping"}}),
               at + "warning: " + running("tuned.service", "workqueues.affinity")}}) {
        CAPTURE(service);
        CAPTURE(text);
        auto facts = host_with_threads();
        facts.cgroups.services = {"dbus.service", service};
        CHECK(found(check_services, {pinned_to({{4}}), policy, facts}) == text);
    }
}

TEST_CASE("CPUs in another program's partition are reported, and refuse the start if isolation is required "
          "or a pin is impossible") {
    auto facts = host_with_threads();
    facts.cgroups.partitions = {{"rt.slice", "isolated", {4, 5}}};
    const std::string belongs = "CPU 4-5 of VM 'win11' belongs to the cgroup partition 'rt.slice' "
                                "(isolated), which hostlease leaves as it is\n"
                                "  hint: give the VM other CPUs, or end the partition\n";
    const auto both = with_emulator(pinned_to({CpuSet{4, 5, 6}}), {0});
    const Policy listed = policy_with({{"cpus.isolate", CpuSet{4, 5}}});
    CHECK(found(check_partitions, {both, listed, facts}) == at + "warning: " + belongs);
    CHECK(found(check_partitions, {both, required(listed, "cpus"), facts}) == at + "error: " + belongs);
    CHECK(found(check_partitions, {both, policy_with({{"memory.ksm", "off"}}), facts}) ==
          "win11.toml: warning: " + belongs);
    const auto wholly = found(check_partitions, {with_emulator(pinned_to({{4}, {5}}), {0}), pinned, facts});
    CHECK(wholly.find(at + "error: vCPU 0 (line 10 of the domain's XML) is pinned to CPU 4, which belongs to "
                           "the cgroup partition "
                           "'rt.slice' (isolated): libvirt would fail with \"cannot set CPU affinity\"\n") ==
          0);
    CHECK(found(check_partitions, {pinned_to({{6}}), pinned, facts}) == "");
    auto at_home = pinned_to({{4}, {5}});
    at_home.partition = "/rt";
    CHECK(found(check_partitions, {at_home, pinned, facts}) == "");
    facts.cgroups.partitions[0].is_for_machines = true;
    CHECK(found(check_partitions, {both, listed, facts}) == "");
    facts.cgroups.partitions = {
        {"rt", "isolated invalid (Cpu list in cpuset.cpus not exclusive)", {4, 5}}}; // tasks may run there
    CHECK(found(check_partitions, {with_emulator(pinned_to({{4}, {5}}), {0}), pinned, facts}).find("error") ==
          std::string::npos);
}

TEST_CASE("a core that is isolated at boot, or in a partition, does not count as the host's") {
    auto facts = host_with_threads();
    facts.isolated_at_boot = {6, 7};
    const auto cores = [&](std::initializer_list<CpuSet> pins) {
        const Policy policy = policy_with({{"cpus.isolate", "pinned"}, {"cpus.keep_siblings", "allow"}});
        return found(check_topology, {pinned_to(pins), policy, facts});
    };
    CHECK(cores({{6}, {7}}) == "");
    CHECK(cores({{4}, {5}}) == "");
    CHECK(cores({CpuSet::range(0, 5)})
              .find("leaves the host 0 of 4 cores (CPU 6-7 is isolated by isolcpus= or in a partition)") !=
          std::string::npos);
    facts.cgroups.partitions = {{"rt", "isolated", {2, 3}}};
    CHECK(cores({{4}, {5}}).find("leaves the host 1 of 4 cores") != std::string::npos);
}

TEST_CASE("CPU 0 among the isolated ones causes a note") {
    const auto text_for = [](const std::string& cpus) {
        return found(check_topology,
                     {pinned_to({{4}}), policy_with({{"cpus.isolate", parse_cpu_list(cpus).value()}}),
                      host_with_threads()});
    };
    CHECK(text_for("0-1").find("note: CPU 0 would belong to the VM") != std::string::npos);
    CHECK(text_for("4-5").empty());
    auto facts = host_with_threads();
    facts.online -= CpuSet{0};
    CHECK(found(check_topology, {pinned_to({{4}}), policy_with({{"cpus.isolate", CpuSet{0, 1}}}), facts})
              .find("CPU 0 would belong") == std::string::npos);
}

TEST_CASE("tuning of missing threads is a warning if libvirt ignores it, and an error if it refuses it") {
    Scene scene{pinned_to({{4}}), policy_with({}), host_with_threads()};
    scene.domain.stray_tuning = {{"vcpupin", "7", 12}, {"iothreadpin", "1", 13}};
    const auto text = found(check_pins, scene);
    CHECK(text.find("warning: <vcpupin> of vCPU 7 (line 12 of the domain's XML)") != std::string::npos);
    CHECK(text.find("error: <iothreadpin> of I/O thread 1 (line 13 of the domain's XML)") !=
          std::string::npos);
}

TEST_CASE("an emulator without a pin is reported with every method, also on a kernel with partitions") {
    auto domain = pinned_to({{4}, {5}});
    domain.vcpu_schedulers = {ThreadScheduler{{0, 1}, "fifo", 1, 12}};
    for (const bool has_partitions : {false, true})
        for (const std::string method : {"auto", "slices", "partition"}) {
            CAPTURE(method);
            auto facts = host_with_threads();
            facts.cgroups.has_remote_partitions = has_partitions;
            const auto policy =
                required(policy_with({{"cpus.isolate", "pinned"}, {"cpus.method", method}}), "cpus");
            CHECK(found(check_pins, {domain, policy, facts}).find("the emulator is not pinned") !=
                  std::string::npos);
        }
}
