// How the claims of several VMs combine, knob by knob, and the messages to VMs whose claims do not agree.
#include "engine/policy_store.hpp"
#include "engine/survey.hpp"
#include "knobs/knob.hpp"
#include "plan/render.hpp"
#include "read/domain_xml.hpp"
#include "support/builders.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <set>

using namespace hostlease;
using namespace hostlease::test;

namespace {
struct Row {
    std::string_view key;
    std::string_view target; // for knobs whose targets have different rules
    std::string_view rule;
    std::string_view baseline;
    std::vector<std::string> claims; // oldest lease first
    std::string_view wanted;
};

const Row rows[] = {
    {"hugepages.reserve", "", "sum", "10", {"64", "32"}, "106"},
    {"cpus.isolate", "user.slice", "baseline minus union", "0-7", {"0-3,6-7", "0-5"}, "0-3"},
    {"cpus.place", "", "own", "", {"4"}, "4"},
    {"cpus.method", "", "own", "member", {"isolated"}, "isolated"},
    {"cpus.method", "exclusive machine.slice", "union", "", {"4", "6"}, "4,6"},
    {"irqs.affinity", "", "baseline minus union", "0-7", {"0-3,6-7", "0-5"}, "0-3"},
    {"irqs.balancer", "", "union", "1", {"4", "6-7"}, "1,4,6-7"},
    {"irqs.vfio", "", "own", "0-7", {"4-5"}, "4-5"},
    {"workqueues.affinity", "", "baseline minus union", "0-7", {"0-3,6-7", "0-5"}, "0-3"},
    {"kthreads.affinity", "", "baseline minus union", "0-7", {"0-3,6-7", "0-5"}, "0-3"},
    {"power.governor",
     "",
     "rank",
     "powersave",
     {"ondemand", "performance", "schedutil"},
     "performance (outranked)"},
    {"power.governor",
     "",
     "rank",
     "performance",
     {"powersave", "conservative", "ondemand"},
     "ondemand (outranked)"},
    {"power.energy_performance",
     "",
     "lowest saving",
     "balance_power",
     {"128", "power", "0"},
     "0 (outranked)"},
    {"power.min_frequency", "", "max", "800000", {"1200000", "2400000", "1000000"}, "2400000 (outranked)"},
    {"power.max_frequency", "", "max", "3600000", {"1200000", "2400000", "1000000"}, "2400000 (outranked)"},
    {"power.boost", "boost", "true wins", "0", {"0", "1"}, "1 (outranked)"},
    {"power.boost", "no_turbo", "true wins", "1", {"1", "0"}, "0 (outranked)"},
    {"power.wakeup_latency", "", "min", "0", {"100", "20", "50"}, "20 (outranked)"},
    {"memory.ksm", "", "off wins", "1", {"1", "0"}, "0 (outranked)"},
    {"memory.transparent_hugepages", "", "must agree", "madvise", {"never", "always"}, "never (conflict)"},
    {"memory.defrag", "", "must agree", "madvise", {"never", "always"}, "never (conflict)"},
    {"memory.swappiness", "", "must agree", "60", {"10", "20"}, "10 (conflict)"},
    {"memory.numa_balancing", "", "off wins", "1", {"1", "0"}, "0 (outranked)"},
    {"memory.compaction_proactiveness", "", "must agree", "20", {"0", "30"}, "0 (conflict)"},
    {"memory.stat_interval", "", "must agree", "1", {"10", "20"}, "10 (conflict)"},
    {"kernel.watchdog", "", "baseline minus union", "0-7", {"0-3,6-7", "0-5"}, "0-3"},
    {"kernel.rt_runtime_us", "", "must agree", "950000", {"-1", "980000"}, "-1 (conflict)"},
    {"kernel.timer_migration", "", "must agree", "1", {"0", "1"}, "0 (conflict)"},
    {"kernel.halt_poll_ns", "", "must agree", "200000", {"0", "50000"}, "0 (conflict)"},
    {"storage.scheduler", "", "must agree", "mq-deadline", {"none", "bfq"}, "none (conflict)"},
    {"threads.vcpu", "", "own", "other:0", {"fifo:1"}, "fifo:1"},
    {"threads.emulator", "", "own", "other:0", {"fifo:1"}, "fifo:1"},
    {"threads.iothread", "", "own", "other:0", {"fifo:1"}, "fifo:1"},
    {"cpus.memory", "", "own", "none", {"AllowedCPUs=4-7"}, "AllowedCPUs=4-7"},
    {"inhibit_sleep", "", "any", "free", {"held", "held"}, "held"},
    {"sysfs", "", "must agree", "20", {"5", "6"}, "5 (conflict)"},
    {"command", "", "own", "", {"run /bin/a; within 10s; for a"}, "run /bin/a; within 10s; for a"},
};

std::string wanted(const Row& row, const Knob& knob) {
    const auto result = knob.rule(row.target)(row.baseline, row.claims);
    return result.value + (result.agreement == Agreement::full       ? ""
                           : result.agreement == Agreement::conflict ? " (conflict)"
                                                                     : " (outranked)");
}

/// Two values of a key that contradict each other.
struct Conflict {
    std::string table;
    std::string key;
    std::string first;
    std::string second;
};

const Conflict conflicts[] = {
    {"[memory]", "transparent_hugepages", "\"never\"", "\"always\""},
    {"[memory]", "defrag", "\"never\"", "\"always\""},
    {"[memory]", "swappiness", "10", "20"},
    {"[memory]", "compaction_proactiveness", "0", "30"},
    {"[memory]", "stat_interval", "10", "20"},
    {"[kernel]", "rt_runtime_us", "-1", "980000"},
    {"[kernel]", "timer_migration", "0", "1"},
    {"[kernel]", "halt_poll_ns", "0", "50000"},
    {"[[sysfs]]\npath = \"/sys/kernel/mm/lru_gen/min_ttl_ms\"", "value", "1", "2"},
};

/// Adds the policy NAME.toml for the domain NAME; the value is on the second to last line, before enforce.
void add_policy(World& world, const std::string& name, const Conflict& conflict, const std::string& value,
                bool required) {
    world.host.files["/etc/hostlease/" + name + ".toml"] =
        "version = 1\n[hugepages]\nreserve = \"leave\"\n" + conflict.table + "\n" + conflict.key + " = " +
        value + "\nenforce = \"" + (required ? "required" : "best-effort") + "\"\n";
}

Plan plan_of(World& world, const FakeVm& vm) {
    const auto domain = read_domain_xml(vm.xml(), "vm.xml");
    REQUIRE(domain);
    Diagnostics warnings;
    const auto policy = policy_for(world.host, read_policy_heads(world.host), *domain, warnings);
    REQUIRE(policy);
    return plan_domain(world.host, *domain, policy->value(), world.ledger()).value();
}
} // namespace

TEST_CASE("the claims on each knob combine by its rule") {
    for (const auto& row : rows) {
        const std::string key(row.key);
        CAPTURE(key);
        const Knob* knob = find_knob(row.key);
        if (knob == nullptr) continue;
        CHECK(wanted(row, *knob) == row.wanted);
        auto alone = row;
        alone.claims.resize(1);
        CHECK(wanted(alone, *knob).find('(') == std::string::npos); // a single VM never conflicts with itself
    }
}

/// A rule needs no row if another knob's row already tests it.
bool is_tried(const Knob& knob) {
    return std::any_of(std::begin(rows), std::end(rows), [&](const Row& row) {
        const Knob* tried = find_knob(row.key);
        return tried != nullptr && tried->rule(row.target) == knob.combine.function;
    });
}

TEST_CASE("each knob's rule is in the table") {
    for (const Knob* knob : all_knobs())
        CHECK_MESSAGE(is_tried(*knob), knob->key
                                           << " combines claims by a rule of its own: add a row of it to "
                                              "the table of tests/contract/combination_test.cpp");
}

TEST_CASE("a value that differs from another VM's: the plan names both VMs' policy lines, and the first VM's "
          "value stays") {
    for (const auto& conflict : conflicts) {
        for (const bool required : {false, true}) {
            CAPTURE(conflict.key);
            CAPTURE(required);
            World world("version = 1\n[match]\ndomain = \"nobody\"\n");
            world.pool(1).persistent = 128;
            add_policy(world, "vm1", conflict, conflict.first, false);
            add_policy(world, "vm2", conflict, conflict.second, required);
            FakeVm one = make_vm(1, 64);
            FakeVm two = make_vm(2, 32);
            REQUIRE(world.libvirt.bring_up(world.host, one));
            const auto before = world.host.snapshot();
            const Plan plan = plan_of(world, two);
            CHECK(plan.changes.empty());
            CHECK(plan.notes.has_errors() == required);
            const std::string text = plan.notes.text();
            CAPTURE(text);
            CHECK(text.starts_with("/etc/hostlease/vm2.toml:"));
            CHECK(text.find("cannot be granted: VM 'vm1' holds ") != std::string::npos);
            CHECK(text.find("(/etc/hostlease/vm1.toml:") != std::string::npos);
            const auto outcome = world.libvirt.call(two, Step::prepare);
            CHECK((outcome.code == ExitCode::done) == !required);
            const auto& entries = outcome.report.entries;
            CHECK(std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
                return entry.severity == (required ? Severity::error : Severity::warning) &&
                       entry.message.find("cannot be granted: VM 'vm1' holds ") != std::string::npos;
            }));
            world.libvirt.call(two, Step::start);
            world.libvirt.bring_down(world.host, two);
            CHECK(difference(before, world.host.snapshot()) == "");
        }
    }
}
