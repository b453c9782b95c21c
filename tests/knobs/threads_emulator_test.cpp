#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("threads.emulator applies to every thread that is not a vCPU, an I/O thread or the kernel's") {
    RunningFacts running;
    running.qemu = {100, 1};
    running.threads = {{{100, 1}, "emulator", {}, "qemu-system-x86"},
                       {{101, 2}, "vcpu0", {}, "CPU 0/KVM"},
                       {{102, 3}, "iothread1", {}, "IO iothread1"},
                       {{103, 4}, "emulator", {}, "vhost-100"},
                       {{104, 5}, "emulator", {}, "vnc_worker"}};
    const Scene scene{domain_with_memory(GiB), policy_with({{"threads.emulator", std::int64_t{-5}}}),
                      host_with_nodes(1)};
    const auto plan = plan_of("threads.emulator", scene);
    REQUIRE(plan.claims.size() == 1);
    std::string text;
    for (const auto& claim : find_knob("threads.emulator")->resolve(plan.claims.front(), running))
        text += claim.name() + "=" + claim.value + "\n";
    CHECK(text == "emulator/100/1=other:-5\nemulator/104/5=other:-5\n");
}
