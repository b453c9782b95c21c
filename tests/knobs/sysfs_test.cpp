#include "knobs/sysfs.hpp"

#include "knobs/parts/neighbours.hpp"
#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("each [[sysfs]] entry claims its file, which is its own target") {
    constexpr const char* dirty = "/proc/sys/vm/dirty_ratio";
    constexpr const char* halt = "/sys/module/kvm/parameters/halt_poll_ns_grow";
    struct Case {
        Policy policy;
        std::string text;
    };
    for (const auto& [policy, text] :
         {Case{policy_with({}), ""},
          Case{with_sysfs(policy_with({}), dirty, "5"),
               "/proc/sys/vm/dirty_ratio [/proc/sys/vm/dirty_ratio] = 5; start, best-effort; "
               "win11.toml:20:1; [[sysfs]] entry\n"},
          Case{with_sysfs(with_sysfs(policy_with({}), dirty, "5"), halt, "0", Enforce::required),
               "/proc/sys/vm/dirty_ratio [/proc/sys/vm/dirty_ratio] = 5; start, best-effort; "
               "win11.toml:20:1; [[sysfs]] entry\n"
               "/sys/module/kvm/parameters/halt_poll_ns_grow [/sys/module/kvm/parameters/halt_poll_ns_grow] "
               "= 0; start, required; "
               "win11.toml:21:1; [[sysfs]] entry\n"}}) {
        CAPTURE(text);
        CHECK(text_of(plan_of("sysfs", {domain_with_memory(GiB), policy, host_with_nodes(1)})) == text);
    }
}

TEST_CASE("[[sysfs]] may not name a file of another knob, however weak the enforcement") {
    struct Case {
        std::string path;
        std::string owner;
    };
    for (const auto& [path, owner] :
         {Case{"/sys/kernel/mm/ksm/run", "memory.ksm"}, Case{"/proc/sys/vm/swappiness", "memory.swappiness"},
          Case{"/sys/devices/system/cpu/cpufreq/policy4/scaling_governor", "power.governor"},
          Case{"/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages",
               "hugepages.reserve"}}) {
        CAPTURE(path);
        const auto plan = plan_of(
            "sysfs", {domain_with_memory(GiB), with_sysfs(policy_with({}), path, "1"), host_with_nodes(1)});
        CHECK(text_of(plan) == "win11.toml:20:1: error: [[sysfs]] may not write " + path +
                                   ": it belongs to " + owner + "\n  hint: use the key " + owner +
                                   ", which can share and restore the value\n");
    }
}

TEST_CASE("the path and the value of a [[sysfs]] entry alone show some faults") {
    const auto faults_of = [](const char* path, const char* value, Enforce enforce) {
        Diagnostics notes;
        check_sysfs(with_sysfs(policy_with({}), path, value, enforce).sysfs.front(), notes);
        return notes.text();
    };
    CHECK(faults_of("/proc/sys/vm/dirty_ratio", "5", Enforce::required) == "");
    CHECK(faults_of("/sys/kernel/mm/ksm/run", "1", Enforce::best_effort) ==
          "win11.toml:20:1: error: [[sysfs]] may not write /sys/kernel/mm/ksm/run: it belongs to memory.ksm\n"
          "  hint: use the key memory.ksm, which can share and restore the value\n");
    const std::string no_way_back = "sysfs: /proc/sys/vm/drop_caches takes commands, so hostlease could not "
                                    "restore it\n  hint: remove it from the policy\n";
    CHECK(faults_of("/proc/sys/vm/drop_caches", "3", Enforce::required) ==
          "win11.toml:20:1: error: " + no_way_back);
    CHECK(faults_of("/proc/sys/vm/drop_caches", "3", Enforce::best_effort) ==
          "win11.toml:20:1: warning: " + no_way_back);
}

TEST_CASE("a refused [[sysfs]] entry does not affect the others") {
    const auto policy = with_sysfs(with_sysfs(policy_with({}), "/sys/kernel/mm/ksm/run", "2"),
                                   "/proc/sys/vm/dirty_ratio", "5");
    const auto plan = plan_of("sysfs", {domain_with_memory(GiB), policy, host_with_nodes(1)});
    CHECK(plan.notes.all().size() == 1);
    REQUIRE(plan.claims.size() == 1);
    CHECK(plan.claims[0].path() == "/proc/sys/vm/dirty_ratio");
}

TEST_CASE("[[sysfs]] keeps the oldest claim, and reports a later different one") {
    struct Case {
        std::vector<std::string> claims;
        std::string text;
    };
    for (const auto& [claims, text] :
         {Case{{"5"}, "5"}, Case{{"5", "5"}, "5"}, Case{{"5", "6"}, "5 (conflict)"},
          Case{{"6", "5"}, "6 (conflict)"}, Case{{"5", "5", "5"}, "5"}, Case{{"5", "6", "7"}, "5 (conflict)"},
          Case{{"7", "5", "5"}, "7 (conflict)"}}) {
        CAPTURE(text);
        CHECK(combined("sysfs", "20", claims) == text);
    }
}

TEST_CASE("[[sysfs]] that takes CPUs offline warns of the interrupts that are bound to them") {
    struct Case {
        std::string path;
        std::string value;
        bool warns;
    };
    for (const auto& [path, value, warns] : {Case{"/sys/devices/system/cpu/smt/control", "off", true},
                                             Case{"/sys/devices/system/cpu/smt/control", "on", false},
                                             Case{"/sys/devices/system/cpu/cpu3/online", "0", true},
                                             Case{"/sys/devices/system/cpu/cpu3/online", "1", false}}) {
        const auto plan = plan_of(
            "sysfs", {domain_with_memory(GiB), with_sysfs(policy_with({}), path, value), host_with_nodes(1)});
        CHECK((text_of(plan).find("takes CPUs offline") != std::string::npos) == warns);
        CHECK(plan.claims.size() == 1);
    }
}

TEST_CASE("a sysctl and a module parameter that are one variable are beside each other") {
    for (const auto& [left, right] :
         {std::pair("/proc/sys/kernel/panic", "/sys/module/kernel/parameters/panic"),
          {"/proc/sys/kernel/panic_on_warn", "/sys/module/kernel/parameters/panic_on_warn"},
          {"/proc/sys/net/nf_conntrack_max", "/proc/sys/net/netfilter/nf_conntrack_max"},
          {"/proc/sys/net/netfilter/nf_conntrack_buckets", "/sys/module/nf_conntrack/parameters/hashsize"},
          {"/proc/sys/dev/scsi/logging_level", "/sys/module/scsi_mod/parameters/scsi_logging_level"},
          {"/proc/sys/fs/inotify/max_user_watches", "/proc/sys/user/max_inotify_watches"},
          {"/proc/sys/net/ipv4/neigh/eth0/unres_qlen", "/proc/sys/net/ipv4/neigh/eth0/unres_qlen_bytes"}})
        for (const auto& [path, beside] : {std::pair(left, right), {right, left}}) {
            const auto list = neighbours_of_file({.knob = "sysfs", .target = path, .path = path});
            REQUIRE(list.size() == 1);
            CHECK(list.front().path == beside);
        }
}

TEST_CASE("sysfs: files that a write changes beside it") {
    const auto beside = [](const std::string& path) {
        std::string text;
        for (const auto& one : neighbours_of_file({.knob = "sysfs", .target = path, .path = path}))
            text += (text.empty() ? "" : " ") + one.path;
        return text;
    };
    CHECK(beside("/proc/sys/vm/swappiness") == "");
    CHECK(beside("/sys/class/net/bond0/bonding/miimon") ==
          "/sys/class/net/bond0/bonding/arp_interval /sys/class/net/bond0/bonding/arp_validate");
    CHECK(beside("/sys/class/net/bond0/bonding/arp_interval") == "/sys/class/net/bond0/bonding/miimon");
    CHECK(beside("/sys/devices/system/machinecheck/machinecheck0/check_interval") ==
          "/sys/devices/system/machinecheck/*/check_interval");
    CHECK(beside("/sys/devices/pci0000:00/0000:00:03.0/net/eth0/mtu") == "/proc/sys/net/ipv6/conf/eth0/mtu");
    CHECK(beside("/sys/fs/resctrl/vm/cpus_list") == "/sys/fs/resctrl/*/cpus_list");
    CHECK(beside("/sys/devices/virtual/bdi/8:0/max_bytes") ==
          "/sys/devices/virtual/bdi/8:0/max_ratio /sys/devices/virtual/bdi/8:0/max_ratio_fine");
    CHECK(beside("/proc/sys/vm/overcommit_ratio") == "/proc/sys/vm/overcommit_kbytes");
    CHECK(beside("/proc/sys/kernel/watchdog") ==
          "/proc/sys/kernel/nmi_watchdog /proc/sys/kernel/soft_watchdog");
    CHECK(beside("/proc/sys/net/ipv6/conf/all/addr_gen_mode") == "/proc/sys/net/ipv6/conf/*/addr_gen_mode");
    CHECK(beside("/proc/sys/net/ipv4/tcp_congestion_control") ==
          "/proc/sys/net/ipv4/tcp_allowed_congestion_control");
    CHECK(beside("/sys/devices/virtual/bdi/8:0/max_ratio") == "/sys/devices/virtual/bdi/8:0/max_ratio_fine");
    CHECK(beside("/sys/fs/cgroup/machine.slice/cpu.weight.nice") ==
          "/sys/fs/cgroup/machine.slice/cpu.weight");
    CHECK(beside("/sys/fs/cgroup/user.slice/cpu.idle") ==
          "/sys/fs/cgroup/user.slice/cpu.weight /sys/fs/cgroup/user.slice/cpu.weight.nice");
    CHECK(beside("/sys/devices/system/cpu/smt/control") == "/sys/devices/system/cpu/cpu*/online");
    CHECK(beside("/sys/block/sda/queue/iosched/strict_guarantees") ==
          "/sys/block/sda/queue/iosched/slice_idle /sys/block/sda/queue/iosched/slice_idle_us");
}
