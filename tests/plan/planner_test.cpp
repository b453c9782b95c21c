#include "plan/planner.hpp"

#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
constexpr const char* swappiness = "/proc/sys/vm/swappiness";
constexpr const char* ksm = "/sys/kernel/mm/ksm/run";
constexpr const char* dirty = "/proc/sys/vm/dirty_ratio";
constexpr const char* governor = "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor";

Scene scene_with(Policy policy) {
    Scene scene{domain_with_memory(GiB), std::move(policy), host_with_nodes(1)};
    set_file(scene.facts, swappiness, "60");
    set_file(scene.facts, ksm, "1");
    set_file(scene.facts, dirty, "20");
    set_file(scene.facts, governor, "schedutil");
    return scene;
}

Plan planned(const Scene& scene, const std::vector<KnobRecord>& records = {}) {
    return finish_plan(scene.input(), plan_claims(scene.input()), records);
}

/// "phase file: from -> to", one line per change.
std::string changes_of(const Plan& plan) {
    std::string text;
    for (const auto& change : plan.changes)
        text += std::string(to_text(change.phase)) + " " + change.path + ": " + change.from + " -> " +
                change.to + "\n";
    return text;
}

Lease holding_swappiness(const std::string& domain, const std::string& value) {
    return lease_of(domain, {claim_on("memory.swappiness", "swappiness", swappiness, value)});
}

Lease holding_governor(const std::string& domain, const std::string& value) {
    return lease_of(domain, {claim_on("power.governor", "policy0", governor, value)});
}

const Policy calm = policy_with({{"memory.swappiness", 10}});
} // namespace

TEST_CASE("a plan names its VM and policy, and each change with its old and new value") {
    const auto plan = planned(scene_with(policy_with({{"memory.ksm", "off"}, {"memory.swappiness", 10}})));
    CHECK(plan.domain == "win11");
    CHECK(plan.uuid == "11111111-2222-3333-4444-555555555555");
    CHECK(plan.policy == "win11");
    CHECK(plan.policy_file == "win11.toml");
    CHECK(changes_of(plan) ==
          "start /sys/kernel/mm/ksm/run: 1 -> 0\nstart /proc/sys/vm/swappiness: 60 -> 10\n");
    CHECK(plan.claims.size() == 2);
    CHECK(plan.notes.all().empty());
    REQUIRE(plan.changes.size() == 2);
    CHECK(plan.changes[1] == Change{"memory.swappiness", "swappiness", swappiness, "60", "10", Phase::start,
                                    "memory.swappiness = 10"});
}

TEST_CASE("a file that already reads as wanted is claimed but does not change") {
    auto scene = scene_with(calm);
    set_file(scene.facts, swappiness, "10");
    const auto plan = planned(scene);
    CHECK(plan.changes.empty());
    CHECK(plan.claims.size() == 1);
}

TEST_CASE(
    "two VMs that must agree and do not are a conflict that names the other VM and the line of its policy") {
    auto scene = scene_with(calm);
    set_file(scene.facts, swappiness, "20");
    scene.others = {holding_swappiness("game", "20")};
    const auto plan = planned(scene);
    CHECK(plan.changes.empty());
    CHECK(plan.notes.text() ==
          "win11.toml:2:1: warning: memory.swappiness = 10 cannot be granted: VM 'game' holds "
          "/proc/sys/vm/swappiness at 20 (other.toml:7:1)\n  hint: give both policies the same value\n");
    CHECK(plan.claims.size() == 1); // it takes effect when the other VM has stopped
}

TEST_CASE("a conflict about a required claim refuses the start") {
    auto scene = scene_with(required(calm, "memory"));
    scene.others = {holding_swappiness("game", "20")};
    const auto plan = planned(scene);
    REQUIRE(plan.notes.has_errors());
    CHECK(plan.notes.all()[0].message.find("VM 'game' holds") != std::string::npos);
}

TEST_CASE("VMs that agree are no conflict, and of three, the oldest is named") {
    auto scene = scene_with(calm);
    set_file(scene.facts, swappiness, "10");
    scene.others = {holding_swappiness("game", "10")};
    CHECK(planned(scene).notes.all().empty());
    scene.others = {holding_swappiness("oldest", "20"), holding_swappiness("younger", "30"),
                    holding_swappiness("youngest", "20")};
    const auto notes = planned(scene).notes.text();
    CHECK(notes.find("VM 'oldest' holds") != std::string::npos);
    CHECK(notes.find("young") == std::string::npos);
}

TEST_CASE("a VM whose claim is granted gets no message about a conflict of others") {
    auto scene = scene_with(calm);
    set_file(scene.facts, swappiness, "10");
    scene.others = {holding_swappiness("oldest", "10"), holding_swappiness("younger", "20")};
    const auto plan = planned(scene);
    CHECK(plan.notes.all().empty());
    CHECK(plan.changes.empty());
}

TEST_CASE("a combination by rank shows the value that would be written") {
    struct Case {
        std::string own;
        std::string other;
        std::string current;
        std::string text;
    };
    for (const auto& [own, other, current, text] :
         {Case{"performance", "powersave", "powersave", "powersave -> performance"},
          Case{"powersave", "performance", "performance", ""},
          Case{"powersave", "performance", "schedutil", "schedutil -> performance"},
          Case{"schedutil", "ondemand", "ondemand", "ondemand -> schedutil"}}) {
        CAPTURE(own);
        CAPTURE(other);
        auto scene = scene_with(policy_with({{"power.governor", own}}));
        add_cpufreq(scene.facts, 0, {0, 1, 2, 3});
        scene.domain = with_pins(std::move(scene.domain), {{0}});
        scene.others = {holding_governor("game", other)};
        set_file(scene.facts, governor, current);
        const auto plan = planned(scene);
        CHECK(changes_of(plan) ==
              (text.empty() ? "" : "start " + std::string(governor) + ": " + text + "\n"));
        CHECK(plan.notes.all().empty() == (std::string_view(own) != "powersave"));
    }
}

TEST_CASE("a claim on a file that this host lacks is dropped with a note, an error if it is required") {
    auto scene = scene_with(policy_with({{"memory.ksm", "off"}, {"memory.swappiness", 10}}));
    scene.facts.files[ksm] = {FileFacts::Access::missing, {}, {}};
    const std::string rest = "memory.ksm: this host does not have /sys/kernel/mm/ksm/run\n"
                             "  hint: remove it from the policy\n";
    const auto plan = planned(scene);
    CHECK(plan.notes.text() == "win11.toml:2:1: warning: " + rest);
    CHECK(changes_of(plan) == "start /proc/sys/vm/swappiness: 60 -> 10\n");
    REQUIRE(plan.claims.size() == 1);
    CHECK(plan.claims[0].knob == "memory.swappiness");
    scene.policy = required(scene.policy, "memory");
    CHECK(planned(scene).notes.text() == "win11.toml:2:1: error: " + rest);
    scene.facts.files.erase(ksm); // the same without facts about the file
    CHECK(planned(scene).notes.text() == "win11.toml:2:1: error: " + rest);
}

TEST_CASE("the hint about a key of a shipped policy says how to override the key") {
    auto scene = scene_with(policy_with({{"memory.ksm", "off"}}));
    scene.policy.settings.find("memory.ksm")->second.position.file =
        "/usr/share/hostlease/policies/low-latency.toml";
    scene.facts.files[ksm] = {FileFacts::Access::missing, {}, {}};
    CHECK(planned(scene).notes.text() ==
          "/usr/share/hostlease/policies/low-latency.toml:2:1: warning: memory.ksm: this host does not have "
          "/sys/kernel/mm/ksm/run\n  hint: write memory.ksm = \"leave\" in your policy\n");
}

TEST_CASE("an unreadable file is not written, because it could not be restored") {
    auto scene = scene_with(calm);
    scene.facts.files[swappiness] = {FileFacts::Access::unreadable, swappiness, {}};
    const std::string rest =
        "memory.swappiness: /proc/sys/vm/swappiness cannot be read, so hostlease could not restore it\n"
        "  hint: remove it from the policy\n";
    const auto plan = planned(scene);
    CHECK(plan.notes.text() == "win11.toml:2:1: warning: " + rest);
    CHECK(plan.claims.empty());
    CHECK(plan.changes.empty());
    scene.policy = required(scene.policy, "memory");
    CHECK(planned(scene).notes.text() == "win11.toml:2:1: error: " + rest);
}

TEST_CASE("a [[sysfs]] path that leads to another knob's file or out of the kernel's files is refused") {
    struct Case {
        std::string path;
        std::string resolved;
        std::string text;
    };
    for (const auto& [path, resolved, text] :
         {Case{"/sys/devices/system/cpu/cpu0/power/link", governor,
               "/sys/devices/system/cpu/cpu0/power/link leads to "
               "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor, which "
               "belongs "
               "to power.governor\n  hint: use the key power.governor\n"},
          Case{"/proc/sys/vm//swappiness", swappiness,
               "/proc/sys/vm//swappiness leads to /proc/sys/vm/swappiness, which belongs to "
               "memory.swappiness\n"
               "  hint: use the key memory.swappiness\n"},
          Case{"/sys/link", "/etc/shadow",
               "/sys/link leads to /etc/shadow, outside of /sys and /proc/sys\n  hint: name a file below "
               "/sys or /proc/sys\n"},
          Case{"/sys/link", "/proc/1/oom_score_adj",
               "/sys/link leads to /proc/1/oom_score_adj, outside of /sys and /proc/sys\n  hint: name a file "
               "below /sys or /proc/sys\n"},
          Case{"/sys/link", "/system/x",
               "/sys/link leads to /system/x, outside of /sys and /proc/sys\n  hint: name a file below /sys "
               "or /proc/sys\n"}}) {
        CAPTURE(path);
        auto scene = scene_with(with_sysfs(policy_with({}), path, "0"));
        set_file(scene.facts, path, "1", resolved);
        const auto plan = planned(scene);
        CHECK(plan.notes.text() == "win11.toml:20:1: error: " + text);
        CHECK(plan.claims.empty());
        CHECK(plan.changes.empty());
    }
}

TEST_CASE("a [[sysfs]] path that leads to a free file is claimed under the file's real name") {
    auto scene = scene_with(with_sysfs(policy_with({}), "/sys/block/sda/queue/rotational", "0"));
    constexpr const char* real = "/sys/devices/pci0000:00/block/sda/queue/rotational";
    set_file(scene.facts, "/sys/block/sda/queue/rotational", "1", real);
    scene.others = {lease_of("game", {claim_on("sysfs", real, real, "1")})};
    const auto plan = planned(scene);
    REQUIRE(plan.claims.size() == 1);
    CHECK(plan.claims[0].target == ClaimTarget(FileTarget{real, real}));
    CHECK(plan.notes.text().find("VM 'game' holds " + std::string(real) + " at 1") != std::string::npos);
    scene.others.clear();
    CHECK(changes_of(planned(scene)) == "start " + std::string(real) + ": 1 -> 0\n");
}

TEST_CASE("two [[sysfs]] entries of one policy that lead to the same file must agree as well") {
    auto policy = with_sysfs(with_sysfs(policy_with({}), dirty, "5"), "/proc/sys/vm/../vm/dirty_ratio", "6",
                             Enforce::required);
    auto scene = scene_with(policy);
    set_file(scene.facts, "/proc/sys/vm/../vm/dirty_ratio", "20", dirty);
    const auto plan = planned(scene);
    CHECK(plan.changes.empty()); // the start would be refused
    CHECK(plan.notes.text() ==
          "win11.toml:21:1: error: sysfs = 6 cannot be granted: VM 'win11' holds /proc/sys/vm/dirty_ratio at "
          "5 (win11.toml:20:1)\n  hint: give both policies the same value\n");
    scene.policy.sysfs[1].value = "5";
    CHECK(planned(scene).notes.all().empty());
    CHECK(changes_of(planned(scene)) == "start /proc/sys/vm/dirty_ratio: 20 -> 5\n");
}

TEST_CASE("changes are sorted by phase, and then by the order of the registry") {
    auto scene = scene_with(with_sysfs(
        policy_with({{"memory.swappiness", 10}, {"memory.ksm", "off"}, {"power.governor", "performance"}}),
        dirty, "5"));
    add_cpufreq(scene.facts, 0, {0, 1, 2, 3});
    scene.domain = with_hugepages(with_pins(std::move(scene.domain), {{0}}), 2 * MiB);
    set_file(scene.facts, scene.facts.pool_path({0, 2 * MiB}) + "/nr_hugepages", "0");
    auto wanted = plan_claims(scene.input());
    std::reverse(wanted.claims.begin(), wanted.claims.end());
    const auto plan = finish_plan(scene.input(), std::move(wanted), {});
    CHECK(changes_of(plan) ==
          "prepare /sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages: 0 -> 512\n"
          "start /sys/kernel/mm/ksm/run: 1 -> 0\n"
          "start /proc/sys/vm/swappiness: 60 -> 10\n"
          "start /sys/devices/system/cpu/cpufreq/policy0/scaling_governor: schedutil -> performance\n"
          "start /proc/sys/vm/dirty_ratio: 20 -> 5\n");
    CHECK(plan.promises.size() == 1);
    CHECK(plan.pools.size() == 1);
}

TEST_CASE("a later phase comes after an earlier one, whatever the registry's order") {
    auto scene = scene_with(policy_with({{"memory.ksm", "off"}, {"memory.swappiness", 10}}));
    auto wanted = plan_claims(scene.input());
    wanted.claims.at(0).phase = Phase::started;
    CHECK(changes_of(finish_plan(scene.input(), std::move(wanted), {})) ==
          "start /proc/sys/vm/swappiness: 60 -> 10\nstarted /sys/kernel/mm/ksm/run: 1 -> 0\n");
}

TEST_CASE("a pool changes from its persistent pages by the pages that this VM adds; pages of others stay") {
    auto scene = scene_with(policy_with({}));
    scene.domain = with_hugepages(std::move(scene.domain), 2 * MiB);
    set_pool(scene.facts, 0, 2 * MiB, 130, 12, 30);
    const auto path = scene.facts.pool_path({0, 2 * MiB}) + "/nr_hugepages";
    set_file(scene.facts, path, "130");
    scene.others = {lease_of("game", {claim_on("hugepages.reserve", "node0/hugepages-2048kB", path, "100")})};
    CHECK(changes_of(planned(scene)) == "prepare " + path + ": 100 -> 630\n");
}

TEST_CASE("limits without a file stay in the plan's claims and change nothing") {
    auto scene = scene_with(policy_with({{"hugepages.host_free_min", Bytes{2 * GiB}}}));
    scene.domain = with_hugepages(std::move(scene.domain), 2 * MiB);
    set_pool(scene.facts, 0, 2 * MiB, 512, 512);
    const auto plan = planned(scene);
    REQUIRE(plan.claims.size() == 1);
    CHECK(plan.claims[0].knob == "hugepages.host_free_min");
    CHECK(plan.changes.empty());
    CHECK(plan.notes.all().empty());
}

TEST_CASE("a value that another program set while leases hold the knob stays, and the plan says so") {
    auto scene = scene_with(calm);
    scene.others = {holding_swappiness("game", "10")};
    set_file(scene.facts, swappiness, "35"); // neither written by a lease nor the baseline
    const std::vector<KnobRecord> records{{"memory.swappiness", "swappiness", swappiness, "60", "10", {}}};
    const auto plan = planned(scene, records);
    CHECK(plan.changes.empty());
    REQUIRE(plan.notes.all().size() == 1);
    CHECK(plan.notes.all()[0].message ==
          "/proc/sys/vm/swappiness is '35'; hostlease did not write this value and leaves it alone");
    CHECK_FALSE(plan.notes.has_errors());
}

TEST_CASE("a value that the kernel refused before is not written again, and is not a change") {
    auto scene = scene_with(calm);
    KnobRecord record{"memory.swappiness", "swappiness", swappiness, "60", "60", {}, {}, {}};
    CHECK(changes_of(planned(scene, {record})) == "start /proc/sys/vm/swappiness: 60 -> 10\n");
    record.refused = "10";
    CHECK(planned(scene, {record}).changes.empty());
}

TEST_CASE("an interrupted write is a change, for a unit's CPUs even if they already have the value") {
    auto scene = scene_with(calm);
    set_file(scene.facts, swappiness, "35");
    KnobRecord record{"memory.swappiness", "swappiness", swappiness, "60", "60", "10", {}, {}};
    CHECK(changes_of(planned(scene, {record})) == "start /proc/sys/vm/swappiness: 35 -> 10\n");
    set_file(scene.facts, swappiness, "10");
    CHECK(planned(scene, {record}).changes.empty());

    const std::string unit = "/sys/fs/cgroup/system.slice/cpuset.cpus";
    KnobPlan wanted;
    wanted.claims = {claim_on("cpus.isolate", "system.slice", unit, "0-2")};
    set_file(scene.facts, unit, "0-2");
    record = {"cpus.isolate", "system.slice", unit, "0-3", "0-3", {}, {}, {}};
    CHECK(finish_plan(scene.input(), wanted, std::vector{record}).changes.empty());
    record.intended = "0-2";
    CHECK(changes_of(finish_plan(scene.input(), wanted, std::vector{record})) ==
          "start " + unit + ": 0-2 -> 0-2\n");
}

TEST_CASE("a request that irqbalance already got is no change, whatever it answers") {
    Scene scene = scene_with(policy_with({}));
    KnobPlan wanted;
    wanted.claims = {claim_on("irqs.balancer", EveryTarget{"/run/irqbalance/*.sock"}, "2-3")};
    scene.facts.targets["irqs.balancer"] = {{"irqbalance1.sock", "/run/irqbalance/irqbalance1.sock", ""}};
    const KnobRecord record{
        "irqs.balancer", "irqbalance1.sock", "/run/irqbalance/irqbalance1.sock", "", "2-3", {}, {}, {}};
    CHECK(finish_plan(scene.input(), wanted, {}).changes.size() == 1);
    CHECK(finish_plan(scene.input(), wanted, std::vector{record}).changes.empty());
}

TEST_CASE("leases that are releasing, or have not reached the phase, do not count") {
    for (const auto state : {LeaseState::releasing, LeaseState::preparing, LeaseState::prepared}) {
        CAPTURE(to_text(state));
        auto scene = scene_with(calm);
        scene.others = {holding_swappiness("game", "20")};
        scene.others[0].state = state;
        set_file(scene.facts, swappiness, "20");
        const auto plan = planned(scene);
        CHECK(plan.notes.all().empty());
        CHECK(changes_of(plan) == "start /proc/sys/vm/swappiness: 20 -> 10\n");
    }
}

TEST_CASE("a plan contains only this VM's claims") {
    auto scene = scene_with(policy_with({{"memory.ksm", "off"}}));
    scene.others = {holding_swappiness("game", "20")};
    const auto plan = planned(scene);
    CHECK(changes_of(plan) == "start /sys/kernel/mm/ksm/run: 1 -> 0\n");
    CHECK(plan.claims.size() == 1);
}

TEST_CASE("an empty policy plans nothing") {
    const auto plan = planned(scene_with(policy_with({})));
    CHECK(plan.claims.empty());
    CHECK(plan.changes.empty());
    CHECK(plan.pools.empty());
    CHECK(plan.notes.all().empty());
}

TEST_CASE("a claim on every interrupt of a host without any is reported, and refused if it is required") {
    const auto policy = policy_with({{"irqs.affinity", "housekeeping"}, {"irqs.balancer", "ban"}});
    for (const bool is_required : {false, true}) {
        Scene scene{with_pins(domain_with_memory(GiB), {{4}, {5}}),
                    is_required ? required(policy, "irqs") : policy, host_with_nodes(2)};
        CHECK(planned(scene).notes.text().find("nothing to act on") ==
              std::string::npos); // targets were not listed
        scene.facts.targets["irqs.affinity"] = {};
        scene.facts.targets["irqs.balancer"] = {}; // irqbalance does not run
        const auto plan = planned(scene);
        CHECK(plan.notes.has_errors() == is_required);
        CHECK(plan.notes.text().find(": irqs.affinity has nothing to act on: this host has no "
                                     "/proc/irq/*/smp_affinity_list\n") != std::string::npos);
        CHECK(plan.notes.text().find("irqs.balancer") == std::string::npos);
    }
}
