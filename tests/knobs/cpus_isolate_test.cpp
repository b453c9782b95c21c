#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// Eight CPUs, cgroup v2, a kernel without remote partitions.
HostFacts host_with_slices() {
    auto facts = host_with_nodes(2);
    facts.possible = facts.online;
    facts.cgroups.has_cpuset = true;
    return facts;
}

HostFacts host_with_partitions() {
    auto facts = host_with_slices();
    facts.cgroups.has_remote_partitions = true;
    return facts;
}

Domain pinned_to(std::initializer_list<CpuSet> pins) {
    auto domain = with_pins(domain_with_memory(GiB), pins);
    domain.vcpus = domain.current_vcpus = static_cast<unsigned>(pins.size());
    domain.emulator_pin = Pin{.id = 0, .cpus = {0}, .line = 9};
    return domain;
}

Domain in_partition(Domain domain, std::string partition) {
    domain.partition = std::move(partition);
    return domain;
}

/// The claims that are written: "value; condition; why".
std::string slices_of(const Scene& scene) {
    std::string text;
    for (const auto& claim : plan_of("cpus.isolate", scene).claims)
        if (!claim.is_limit())
            text += claim.path() + " [" + claim.name() + "] = " + claim.value + "; " +
                    std::string(to_text(claim.condition)) + "; " + claim.why + "\n";
    return text;
}

std::string limits_of(const Scene& scene) {
    std::string text;
    for (const auto& claim : plan_of("cpus.isolate", scene).claims)
        if (claim.is_limit())
            text += claim.name() + " = " + claim.value + "; " + std::string(to_text(claim.phase)) + "; " +
                    claim.position.text() + "\n";
    return text;
}

std::string notes_of(const Scene& scene) { return plan_of("cpus.isolate", scene).notes.text(); }

const Policy pinned = policy_with({{"cpus.isolate", "pinned"}});
const std::string all = "/sys/fs/cgroup/*/cpuset.cpus [*] = ";
} // namespace

TEST_CASE("cpus.isolate claims for every other cgroup the CPUs that are left") {
    struct Case {
        Policy policy;
        Domain domain;
        HostFacts facts;
        std::string text;
    };
    auto later = host_with_slices();
    later.possible = CpuSet::range(0, 11); // four more may be plugged in
    const std::string no_kernel = "; no partitions: this kernel does not support partitions inside a VM's "
                                  "cgroup (Linux 6.7 and newer do)\n";
    for (const auto& [policy, domain, facts, text] :
         {Case{policy_with({}), pinned_to({{4}, {5}}), host_with_slices(), ""},
          Case{policy_with({{"cpus.isolate", "none"}}), pinned_to({{4}, {5}}), host_with_slices(), ""},
          Case{policy_with({{"cpus.isolate", "leave"}, {"cpus.method", "slices"}}), pinned_to({{4}, {5}}),
               host_with_slices(), ""},
          Case{policy_with({{"cpus.method", "leave"}}), pinned_to({{4}, {5}}), host_with_slices(), ""},
          Case{policy_with({{"cpus.method", "slices"}}), pinned_to({{4}, {5}}), host_with_slices(),
               all + "0-3,6-7; always; keeps the host off CPU 4-5\n"},
          Case{pinned, pinned_to({{4}, {5}}), host_with_slices(),
               all + "0-3,6-7; always; keeps the host off CPU 4-5" + no_kernel},
          Case{policy_with({{"cpus.isolate", CpuSet{2, 4, 5}}, {"cpus.method", "slices"}}),
               pinned_to({{4}, {5}}), host_with_slices(),
               all + "0-1,3,6-7; always; keeps the host off CPU 2,4-5\n"},
          Case{policy_with({{"cpus.keep_siblings", "allow"}, {"cpus.method", "slices"}}), pinned_to({{4, 5}}),
               later, all + "0-3,6-11; always; keeps the host off CPU 4-5\n"},
          Case{pinned, pinned_to({{4}, {5}}), host_with_partitions(),
               all + "0-3,6-7; unless-partitioned; keeps the host off CPU 4-5 until partitions do\n"},
          Case{policy_with({{"cpus.method", "slices"}}), pinned_to({{4}, {5}}), host_with_partitions(),
               all + "0-3,6-7; always; keeps the host off CPU 4-5\n"},
          Case{pinned, pinned_to({{4, 5}, {4, 5}}), host_with_partitions(),
               all + "0-3,6-7; always; keeps the host off CPU 4-5; no partitions: vCPU 0 is pinned to more "
                     "than one CPU, 4-5\n"}}) {
        CAPTURE(text);
        CHECK(slices_of({domain, policy, facts}) == text);
    }
}

TEST_CASE("with several leases, cpus.isolate leaves the host the CPUs that all of them leave") {
    CHECK(combined("cpus.isolate", "0-7", {"0-3,6-7"}) == "0-3,6-7");
    in_each_order({"0-5", "0-3,6-7", "0,2-7"},
                  [](const auto& ordered) { CHECK(combined("cpus.isolate", "0-7", ordered) == "0,2-3"); });
    CHECK(combined("cpus.isolate", "0-1,4", {"0-3,6-7"}) == "0-1");   // removed by an admin: stays removed
    CHECK(combined("cpus.isolate", "4-5", {"0-3,6-7"}) == "0-3,6-7"); // at least one CPU must be left
}

TEST_CASE("cpus.isolate records for other leases which CPUs the VM has, and what it leaves the host") {
    CHECK(limits_of({pinned_to({{4}, {5}}),
                     policy_with({{"cpus.isolate", CpuSet{4, 5, 6}}, {"cpus.housekeeping_min_cores", 2}}),
                     host_with_slices()}) == "pinned = 4-5; prepare; win11.toml:2:1\n"
                                             "helpers = 0; prepare; win11.toml:2:1\n"
                                             "isolated = 4-6; prepare; win11.toml:2:1\n"
                                             "housekeeping cores = 2; prepare; win11.toml:3:1\n");
    CHECK(limits_of({pinned_to({{4}, {5}}), policy_with({{"cpus.isolate", "none"}}), host_with_slices()}) ==
          "pinned = 4-5; prepare; win11.toml:2:1\nhelpers = 0; prepare; win11.toml:2:1\n");
    CHECK(limits_of({pinned_to({{4}, {5}}), policy_with({{"memory.ksm", "off"}}), host_with_slices()}) == "");
}

TEST_CASE("cpus.isolate says why it has no effect, as severely as the policy demands") {
    CHECK(notes_of({domain_with_memory(GiB), policy_with({{"cpus.method", "slices"}}), host_with_slices()}) ==
          "win11.toml:2:1: warning: cpus.isolate has no effect: the domain's vCPUs are not pinned\n"
          "  hint: add <vcpupin> elements to <cputune>, or name CPUs in cpus.isolate\n");
    CHECK(notes_of({domain_with_memory(GiB), required(policy_with({{"cpus.method", "slices"}}), "cpus"),
                    host_with_slices()}) ==
          "win11.toml:2:1: error: cpus.isolate has no effect: the domain's vCPUs are not pinned\n"
          "  hint: add <vcpupin> elements to <cputune>, or name CPUs in cpus.isolate\n");
    const std::string v1 =
        "CPU 4-5 cannot be isolated: this host does not have cgroup v2 with the cpuset controller\n"
        "  hint: boot the host with systemd.unified_cgroup_hierarchy=1, or set cpus.isolate = \"none\"\n";
    const Scene old{pinned_to({{4}, {5}}), pinned, host_with_nodes(2)};
    CHECK(notes_of(old) == "win11.toml:2:1: warning: " + v1);
    CHECK(slices_of(old) == "");
    CHECK(notes_of({old.domain, required(pinned, "cpus"), old.facts}) == "win11.toml:2:1: error: " + v1);
    CHECK(notes_of({pinned_to({{4}, {5}}), policy_with({{"cpus.isolate", "none"}}), host_with_nodes(2)}) ==
          "");
}

TEST_CASE("slices would also restrict a VM outside machine.slice: only partitions isolate that one") {
    const auto domain = in_partition(pinned_to({{4}, {5}}), "/vms/fast");
    const std::string rest = "CPU 4-5 cannot be isolated: the VM is in the partition /vms/fast, but slices "
                             "exempt only VMs in /machine\n  hint: set <resource><partition> to a path below "
                             "/machine, or pin each vCPU to its own CPU to get cgroup partitions\n";
    CHECK(notes_of({domain, pinned, host_with_slices()}) == "win11.toml:2:1: warning: " + rest);
    CHECK(notes_of({domain, required(pinned, "cpus"), host_with_slices()}) ==
          "win11.toml:2:1: error: " + rest);
    CHECK(slices_of({domain, pinned, host_with_slices()}) == "");
    CHECK(notes_of({domain, pinned, host_with_partitions()}) == "");
    CHECK(slices_of({domain, pinned, host_with_partitions()}) == "");
    for (const char* below : {"/machine", "/machine/fast"}) {
        const Scene scene{in_partition(pinned_to({{4}, {5}}), below), pinned, host_with_slices()};
        CHECK(notes_of(scene) == "");
        CHECK_FALSE(slices_of(scene).empty());
    }
}

TEST_CASE("slices that would be left without a CPU are not claimed") {
    const Scene all_of_it{pinned_to({CpuSet::range(0, 7)}), pinned, host_with_slices()};
    CHECK(slices_of(all_of_it) == "");
}

TEST_CASE("a kernel before 6.2, which loses the tasks' own affinities, is reported once if slices are used") {
    for (const auto& [kernel, is_told] : std::vector<std::pair<std::string, bool>>{{"6.1.0-50-amd64", true},
                                                                                   {"5.15.0", true},
                                                                                   {"6.2", false},
                                                                                   {"6.12.107-amd64", false},
                                                                                   {"7.2.13", false},
                                                                                   {"", false},
                                                                                   {"unknown", false}}) {
        CAPTURE(kernel);
        auto facts = host_with_slices();
        facts.kernel = kernel;
        const auto notes = plan_of("cpus.isolate", {pinned_to({{4}, {5}}), pinned, facts}).notes.all();
        CHECK(std::count_if(notes.begin(), notes.end(), [](const auto& one) {
                  return one.severity == Severity::note;
              }) == (is_told ? 1 : 0));
    }
}
