// threads.vcpu, and its common properties with threads.iothread and threads.emulator.
#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
Domain domain_with(unsigned vcpus, unsigned iothreads) {
    Domain domain = domain_with_memory(GiB);
    domain.vcpus = vcpus;
    domain.iothreads = iothreads;
    for (unsigned id = 1; id <= iothreads; ++id)
        domain.iothread_ids.push_back(id);
    return domain;
}

std::string claim_text(const char* target, const char* value, const char* why,
                       const char* enforce = "best-effort") {
    return std::string("/proc/*/task/* [") + target + "] = " + value + "; started, " + enforce +
           "; win11.toml:2:1; " + why + "\n";
}

RunningFacts running_threads() {
    const auto thread = [](std::int64_t id, const char* role, const char* name) {
        return QemuThread{{id, 700 + static_cast<std::uint64_t>(id)}, role, {}, name};
    };
    RunningFacts running;
    running.qemu = {100, 800};
    running.threads = {
        thread(100, "emulator", "qemu-system-x86"), thread(101, "emulator", "worker"),
        thread(102, "vcpu0", "CPU 0/KVM"),          thread(103, "vcpu1", "CPU 1/KVM"),
        thread(104, "vcpu10", "CPU 10/KVM"),        thread(105, "iothread1", "IO iothread1"),
        thread(106, "emulator", "vhost-100"),       thread(107, "emulator", "kvm-nx-lpage-re")};
    return running;
}

std::string resolved_text(const char* key, const char* target) {
    const Claim open = claim_on(key, AwaitsQemu{target, "/proc/*/task/*"}, "fifo:1");
    REQUIRE(open.is_open());
    std::string text;
    for (const auto& claim : find_knob(key)->resolve(open, running_threads())) {
        CHECK(claim.value == "fifo:1");
        CHECK_FALSE(claim.is_open());
        text += claim.name() + " " + claim.path() + "\n";
    }
    return text;
}
} // namespace

TEST_CASE("scheduling is claimed for the threads that the domain has") {
    struct Case {
        const char* key;
        SettingValue value;
        Domain domain;
        std::string text;
    };
    for (const auto& [key, value, domain, text] :
         {Case{"threads.vcpu", "leave", domain_with(4, 0), ""},
          Case{"threads.vcpu", "fifo:1", domain_with(4, 0),
               claim_text("vcpu 0-3", "fifo:1", "threads.vcpu = fifo:1")},
          Case{"threads.vcpu", std::int64_t{-10}, domain_with(1, 0),
               claim_text("vcpu 0", "other:-10", "threads.vcpu = -10")},
          Case{"threads.iothread", "rr:5", domain_with(4, 2),
               claim_text("iothread 1-2", "rr:5", "threads.iothread = rr:5")},
          Case{"threads.iothread", "rr:5", domain_with(4, 0),
               "win11.toml:2:1: warning: threads.iothread has no effect: the domain has no I/O threads\n"
               "  hint: add <iothreads> to the domain and iothread='N' to the drivers of its disks\n"},
          Case{"threads.emulator", "batch", domain_with(4, 2),
               claim_text("emulator 0", "batch:0", "threads.emulator = batch")},
          Case{"threads.emulator", "idle", domain_with(4, 2),
               claim_text("emulator 0", "idle", "threads.emulator = idle")}}) {
        CAPTURE(text);
        CHECK(text_of(plan_of(key, {domain, policy_with({{key, value}}), host_with_nodes(1)})) == text);
    }
}

TEST_CASE("vCPUs whose scheduling the domain sets are left to it, with a warning") {
    Domain domain = domain_with(4, 0);
    domain.vcpu_schedulers.push_back({.ids = {1, 2}, .policy = "fifo", .priority = 2});
    const auto policy = policy_with({{"threads.vcpu", "fifo:1"}});
    const std::string hint =
        "  hint: remove the <vcpusched> elements from the domain's <cputune>, or the key from the policy\n";
    CHECK(text_of(plan_of("threads.vcpu", {domain, policy, host_with_nodes(1)})) ==
          claim_text("vcpu 0,3", "fifo:1", "threads.vcpu = fifo:1") +
              "win11.toml:2:1: warning: threads.vcpu leaves vCPU 1-2 alone: the domain's <vcpusched> already "
              "sets its scheduling\n" +
              hint);
    domain.vcpu_schedulers.push_back({.ids = {0, 3}, .policy = "batch"});
    CHECK(text_of(plan_of("threads.vcpu", {domain, policy, host_with_nodes(1)})) ==
          "win11.toml:2:1: warning: threads.vcpu leaves vCPU 0-3 alone: the domain's <vcpusched> already "
          "sets its scheduling\n" +
              hint);
}

TEST_CASE("real-time vCPUs without a limit need CPUs of their own") {
    const auto is_warned = [](Policy policy, std::int64_t limit) {
        auto facts = host_with_nodes(1);
        facts.rt_runtime_us = limit;
        const auto plan =
            plan_of("threads.vcpu", {with_pins(domain_with(1, 0), {{2}}), std::move(policy), facts});
        return text_of(plan).find("starve") != std::string::npos;
    };
    const auto fifo = policy_with({{"threads.vcpu", "fifo:1"}});
    CHECK(is_warned(fifo, -1));
    CHECK_FALSE(is_warned(fifo, 950'000));
    CHECK_FALSE(is_warned(policy_with({{"threads.vcpu", std::int64_t{-20}}}), -1));
    CHECK_FALSE(is_warned(policy_with({{"threads.vcpu", "rr:1"}, {"cpus.isolate", "pinned"}}), -1));
    CHECK_FALSE(is_warned(policy_with({{"threads.vcpu", "rr:1"}, {"cpus.isolate", CpuSet{1, 2}}}), -1));
    CHECK(is_warned(policy_with({{"threads.vcpu", "rr:1"}, {"cpus.isolate", CpuSet{1}}}), -1));
    CHECK(is_warned(policy_with({{"threads.vcpu", "fifo:1"}, {"kernel.rt_runtime_us", std::int64_t{-1}}}),
                    950'000));
    CHECK_FALSE(is_warned(
        policy_with({{"threads.vcpu", "fifo:1"}, {"kernel.rt_runtime_us", std::int64_t{900'000}}}), -1));
}

TEST_CASE(
    "a claim resolves to QEMU's threads of its role and ids, by number and start, without kernel threads") {
    CHECK(resolved_text("threads.vcpu", "vcpu 0,10") ==
          "vcpu0/102/802 /proc/100/task/102\nvcpu10/104/804 /proc/100/task/104\n");
    CHECK(resolved_text("threads.iothread", "iothread 1-4") == "iothread1/105/805 /proc/100/task/105\n");
    CHECK(resolved_text("threads.emulator", "emulator 0") ==
          "emulator/100/800 /proc/100/task/100\nemulator/101/801 /proc/100/task/101\n");
    CHECK(resolved_text("threads.vcpu", "vcpu 2-9") == "");
}
