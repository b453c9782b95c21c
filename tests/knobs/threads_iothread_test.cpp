#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("threads.iothread applies to the domain's I/O threads, however many") {
    RunningFacts running;
    running.qemu = {100, 1};
    for (const unsigned id : {1U, 2U, 10U, 11U})
        running.threads.push_back(
            {{200 + id, 7}, "iothread" + std::to_string(id), {}, "IO iothread" + std::to_string(id)});
    Domain domain = domain_with_memory(GiB);
    domain.iothreads = 10;
    for (unsigned id = 1; id <= 10; ++id)
        domain.iothread_ids.push_back(id);
    const Scene scene{domain, policy_with({{"threads.iothread", "fifo:3"}}), host_with_nodes(1)};
    const auto plan = plan_of("threads.iothread", scene);
    REQUIRE(plan.claims.size() == 1);
    std::string text;
    for (const auto& claim : find_knob("threads.iothread")->resolve(plan.claims.front(), running))
        text += claim.name() + "=" + claim.value + "\n";
    CHECK(text == "iothread1/201/7=fifo:3\niothread2/202/7=fifo:3\niothread10/210/7=fifo:3\n");
}
