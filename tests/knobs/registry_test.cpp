#include "support/builders.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace hostlease;

namespace {
std::string owner_name(std::string_view path) {
    const Knob* owner = owner_of(path);
    return owner == nullptr ? "" : std::string(owner->key);
}
} // namespace

// tests/contract/reference_test.cpp checks that reference.toml has the same keys
TEST_CASE("the policy language has each key once") {
    std::set<std::string_view> seen;
    for (const auto& spec : policy_keys())
        CHECK_MESSAGE(seen.insert(spec.key).second, "two knobs read " << spec.key);
}

TEST_CASE("every key has a summary and describes its values") {
    for (const auto& spec : policy_keys()) {
        CAPTURE(spec.key);
        CHECK_FALSE(spec.summary.empty());
        const bool table_of_its_own = spec.key == "sysfs" || spec.key == "command";
        CHECK((table_of_its_own || spec.kinds != words_only || !spec.words.empty()));
        const bool has_range = (spec.kinds & an_integer) != 0;
        CHECK((!has_range || spec.minimum < spec.maximum));
    }
}

TEST_CASE("every knob is found by its key, names its source and can plan and combine") {
    for (const Knob* knob : all_knobs()) {
        CAPTURE(knob->key);
        CHECK(find_knob(knob->key) == knob);
        REQUIRE_FALSE(knob->keys.empty());
        CHECK(knob->keys.front().key == knob->key);
        CHECK_FALSE(knob->source.empty());
        CHECK((knob->plan != nullptr));
        CHECK((knob->combine.function != nullptr));
        CHECK(
            (knob->phase == Phase::prepare || knob->phase == Phase::start || knob->phase == Phase::started));
        const bool is_of_others = knob->key == "sysfs" || knob->key == "command" || knob->resolve != nullptr;
        CHECK((is_of_others || !knob->paths.empty()));
    }
}

TEST_CASE("a key that is not a knob's own finds no knob") {
    for (const std::string key :
         {"", "memory", "memory.ksm ", "hugepages.host_free_min", "cpus.keep_siblings", "Memory.ksm"}) {
        CAPTURE(key);
        CHECK(find_knob(key) == nullptr);
    }
}

TEST_CASE("knobs are written with huge pages first, and the admin's own last") {
    const auto knobs = all_knobs();
    CHECK(knobs.front()->key == "hugepages.reserve");
    CHECK(knobs[knobs.size() - 2]->key == "sysfs");
    CHECK(knobs.back()->key == "command");
}

TEST_CASE("a file is owned by the knob whose globs match it, component by component") {
    struct Case {
        std::string path;
        std::string owner;
    };
    for (const auto& [path, owner] : {
             Case{"/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages",
                  "hugepages.reserve"},
             Case{"/sys/devices/system/node/node12/hugepages/hugepages-1048576kB/nr_hugepages",
                  "hugepages.reserve"},
             Case{"/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "hugepages.reserve"},
             Case{"/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages_mempolicy", "hugepages.reserve"},
             Case{"/sys/kernel/mm/hugepages/hugepages-1048576kB/demote", "hugepages.reserve"},
             Case{"/proc/sys/vm/nr_hugepages", "hugepages.reserve"},
             Case{"/proc/sys/vm/nr_hugepages_mempolicy", "hugepages.reserve"},
             Case{"/sys/kernel/mm/ksm/run", "memory.ksm"},
             Case{"/sys/kernel/mm/transparent_hugepage/enabled", "memory.transparent_hugepages"},
             Case{"/sys/kernel/mm/transparent_hugepage/defrag", "memory.defrag"},
             Case{"/proc/sys/vm/swappiness", "memory.swappiness"},
             Case{"/proc/sys/kernel/numa_balancing", "memory.numa_balancing"},
             Case{"/proc/sys/vm/compaction_proactiveness", "memory.compaction_proactiveness"},
             Case{"/proc/sys/vm/stat_interval", "memory.stat_interval"},
             Case{"/proc/sys/kernel/timer_migration", "kernel.timer_migration"},
             Case{"/proc/sys/kernel/sched_rt_runtime_us", "kernel.rt_runtime_us"},
             Case{"/sys/module/kvm/parameters/halt_poll_ns", "kernel.halt_poll_ns"},
             Case{"/sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "power.governor"},
             Case{"/sys/devices/system/cpu/cpu17/cpufreq/scaling_governor", "power.governor"},
             Case{"/sys/devices/system/cpu/cpufreq/policy3/energy_performance_preference",
                  "power.energy_performance"},
             Case{"/sys/devices/system/cpu/cpufreq/policy0/scaling_max_freq", "power.max_frequency"},
             Case{"/sys/devices/system/cpu/cpu17/cpufreq/scaling_min_freq", "power.min_frequency"},
             Case{"/sys/devices/system/cpu/cpufreq/boost", "power.boost"},
             Case{"/sys/devices/system/cpu/cpufreq/policy3/boost", "power.boost"},
             Case{"/sys/devices/system/cpu/intel_pstate/no_turbo", "power.boost"},
             Case{"/sys/devices/system/cpu/cpu17/power/pm_qos_resume_latency_us", "power.wakeup_latency"},
             Case{"/sys/block/sda/queue/scheduler", "storage.scheduler"},
             Case{"/sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda/queue/"
                  "scheduler",
                  "storage.scheduler"},
             Case{"/sys/devices/pci0000:00/block/sda/queue/nr_requests", ""},
             Case{"/sys/devices/system/cpu/cpu17/power/autosuspend_delay_ms", ""},
             Case{"", ""},
             Case{"/sys/kernel/mm/ksm", ""},
             Case{"/sys/kernel/mm/ksm/run2", ""},
             Case{"/sys/kernel/mm/ksm/run/", ""},
             Case{"x/sys/kernel/mm/ksm/run", ""},
             Case{"/sys/kernel/mm/ksm/sleep_millisecs", ""},
             Case{"/proc/sys/vm/nr_overcommit_hugepages", ""},
             Case{"/sys/module/kvm/parameters/halt_poll_ns_grow", ""},
             Case{"/sys/devices/system/cpu/cpufreq/policy0/stats/scaling_governor", ""},
             Case{"/sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq", ""},
             Case{"/sys/devices/system/node/node0/extra/hugepages/hugepages-2048kB/nr_hugepages", ""},
             Case{"/sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages", ""},
         }) {
        CAPTURE(path);
        CHECK(owner_name(path) == owner);
    }
}

TEST_CASE("no file belongs to two knobs, and each glob is found by the knob that wrote it") {
    for (const Knob* knob : all_knobs())
        for (const auto glob : knob->paths) {
            std::string path;
            for (const char c : glob) {
                if (c == '*')
                    path += "7";
                else
                    path += c;
            }
            CAPTURE(path);
            CHECK(owner_name(path) == knob->key);
        }
}
