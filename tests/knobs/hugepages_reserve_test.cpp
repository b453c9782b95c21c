#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
constexpr std::uint64_t page = 2 * MiB;
const std::string directory = "/sys/devices/system/node/";

Scene scene_with(Policy policy, unsigned nodes = 2) {
    return {with_hugepages(domain_with_memory(2 * GiB), page), std::move(policy), host_with_nodes(nodes)};
}

KnobPlan planned(const Scene& scene) { return plan_of("hugepages.reserve", scene); }

Lease with_limit(Lease lease, const char* bytes) {
    lease.claims.push_back(claim_on("hugepages.host_free_min", Limit{LimitKind::host_free_min}, bytes));
    return lease;
}
} // namespace

TEST_CASE("hugepages.reserve claims the required growth of pools and promises all pages that QEMU will map") {
    auto scene = scene_with(policy_with({{"hugepages.reserve", "auto"}}));
    set_pool(scene.facts, 0, page, 500, 400);
    scene.promised[{0, page}] = 300;
    const auto plan = planned(scene);
    CHECK(text_of(plan) ==
          directory + "node0/hugepages/hugepages-2048kB/nr_hugepages [node0/hugepages-2048kB] = 924; "
                      "prepare, required; "
                      "win11.toml:2:1; 1024 pages of 2 MiB needed, 400 free, 300 promised to other VMs\n");
    CHECK(plan.promises == std::vector<Promise>{{{0, page}, 1024}});
    REQUIRE(plan.pools.size() == 1);
    CHECK(plan.pools[0] == PoolPlan{.id = {0, page},
                                    .needed = 1024,
                                    .free = 400,
                                    .promised = 300,
                                    .grow = 924,
                                    .left_for_host = 32 * GiB - 924 * page});
}

TEST_CASE("free pages are promised without a claim") {
    auto scene = scene_with(policy_with({}));
    set_pool(scene.facts, 0, page, 2000, 2000);
    const auto plan = planned(scene);
    CHECK(text_of(plan).empty());
    CHECK(plan.promises == std::vector<Promise>{{{0, page}, 1024}});
}

TEST_CASE("growing past surplus pages writes them as well, because the kernel makes those persistent first") {
    auto scene = scene_with(policy_with({}));
    set_pool(scene.facts, 0, page, 130, 0, 30);
    const auto plan = planned(scene);
    REQUIRE(plan.claims.size() == 1);
    CHECK(plan.claims[0].value == "1054");
    CHECK(plan.pools.at(0).grow == 1024);
}

TEST_CASE("a policy that leaves huge pages alone, or a domain without them, claims nothing") {
    for (const auto& scene :
         {scene_with(policy_with({{"hugepages.reserve", "leave"}, {"hugepages.host_free_min", Bytes{GiB}}})),
          Scene{domain_with_memory(GiB), policy_with({{"hugepages.host_free_min", Bytes{GiB}}}),
                host_with_nodes(1)}}) {
        const auto plan = planned(scene);
        CHECK(text_of(plan).empty());
        CHECK(plan.promises.empty());
        CHECK(plan.pools.empty());
    }
}

TEST_CASE("without a setting in the policy, the claim's position is the file, and it is required") {
    const auto plan = planned(scene_with(policy_with({})));
    REQUIRE(plan.claims.size() == 1);
    CHECK(plan.claims[0].position.text() == "win11.toml");
    CHECK(plan.claims[0].enforce == Enforce::required);
    CHECK(planned(scene_with(best_effort(policy_with({}), "hugepages"))).claims.at(0).enforce ==
          Enforce::best_effort);
}

TEST_CASE("pages go near the pinned CPUs, to the nodes of hugepages.node, or to the first node") {
    struct Case {
        std::string what;
        Policy policy;
        std::initializer_list<CpuSet> pins;
        unsigned node;
    };
    for (const auto& [what, policy, pins, node] :
         {Case{"not pinned", policy_with({}), {}, 0},
          Case{"pinned to node 1", policy_with({}), {{4}, {5}}, 1},
          Case{"auto is the same", policy_with({{"hugepages.node", "auto"}}), {{4}, {5}}, 1},
          Case{"leave is the same", policy_with({{"hugepages.node", "leave"}}), {{4}, {5}}, 1},
          Case{"a list comes before the pins", policy_with({{"hugepages.node", NodeSet{2}}}), {{4}, {5}}, 2},
          Case{"pinned to both", policy_with({}), {{9}, {5}}, 1}}) {
        CAPTURE(what);
        auto scene = scene_with(policy, 3);
        scene.domain = with_pins(std::move(scene.domain), pins);
        CHECK(text_of(planned(scene).pools) ==
              "node" + std::to_string(node) + "/hugepages-2048kB: 1024 needed, 1024 grown\n");
    }
}

TEST_CASE("the nodes of the XML come before hugepages.node") {
    auto scene = scene_with(policy_with({{"hugepages.node", NodeSet{0}}}));
    scene.domain.numa_memory = NumaMemory{.nodes = {1}};
    CHECK(text_of(planned(scene).pools) == "node1/hugepages-2048kB: 1024 needed, 1024 grown\n");
}

TEST_CASE("a node keeps 1 GiB or a twentieth of its memory, whichever is larger, or the value of the policy "
          "or a live lease") {
    struct Case {
        std::string what;
        Policy policy;
        std::uint64_t memory; // of the node
        std::vector<Lease> others;
        std::uint64_t most; // largest number of available bytes for which 2 GiB do not fit
    };
    auto releasing = with_limit(lease_of("a"), "34359738368");
    releasing.state = LeaseState::releasing;
    const auto own = [](std::uint64_t bytes) {
        return policy_with({{"hugepages.host_free_min", Bytes{bytes}}});
    };
    for (const auto& [what, policy, memory, others, most] :
         {Case{"a small node", policy_with({}), 4 * GiB, {}, 3 * GiB - 1},
          Case{"a large node", policy_with({}), 80 * GiB, {}, 6 * GiB - 1},
          Case{"the policy's word, less than the default",
               own(512 * MiB),
               80 * GiB,
               {},
               2 * GiB + 512 * MiB - 1},
          Case{"the policy's word, more", own(8 * GiB), 4 * GiB, {}, 10 * GiB - 1},
          Case{"another VM's word, more",
               own(GiB),
               4 * GiB,
               {with_limit(lease_of("a"), "5368709120"), with_limit(lease_of("b"), "1")},
               7 * GiB - 1},
          Case{"another VM's word, less",
               own(GiB),
               4 * GiB,
               {with_limit(lease_of("a"), "1048576")},
               3 * GiB - 1},
          Case{"another VM's word over the default",
               policy_with({}),
               4 * GiB,
               {with_limit(lease_of("a"), "5368709120")},
               7 * GiB - 1},
          Case{"a VM that is gone has no say", own(GiB), 4 * GiB, {releasing}, 3 * GiB - 1}}) {
        CAPTURE(what);
        auto scene = scene_with(policy, 1);
        scene.others = others;
        scene.facts.nodes[0].memory = memory;
        scene.facts.nodes[0].available = most;
        CHECK(planned(scene).notes.has_errors());
        scene.facts.nodes[0].available = most + 1;
        CHECK_FALSE(planned(scene).notes.has_errors());
    }
}

TEST_CASE("without a limit, no estimate refuses a VM for which the node has memory, except for another VM's "
          "limit") {
    auto scene = scene_with(policy_with({{"hugepages.host_free_min", "none"}}), 1);
    scene.facts.nodes[0].memory = 4 * GiB;
    scene.facts.nodes[0].available = 0;
    const auto plan = planned(scene);
    CHECK_FALSE(plan.notes.has_errors());
    REQUIRE(plan.claims.size() == 1); // no claim that limits other VMs
    CHECK(plan.claims[0].value == "1024");
    scene.others = {with_limit(lease_of("a"), "1")};
    CHECK(planned(scene).notes.has_errors());
    scene.others.clear();
    scene.facts.nodes[0].memory = GiB;
    CHECK(planned(scene).notes.has_errors());
}

TEST_CASE("a policy's host_free_min is claimed as a limit for later plans, without a file") {
    const auto plan = planned(scene_with(policy_with({{"hugepages.host_free_min", Bytes{2 * GiB}}})));
    REQUIRE(plan.claims.size() == 2);
    CHECK(text_of(plan.claims[1]) ==
          " [host] = 2147483648; prepare, best-effort; win11.toml:2:1; kept free for the host\n");
    CHECK(plan.claims[1].knob == "hugepages.host_free_min");
    CHECK(planned(scene_with(policy_with({{"hugepages.host_free_min", "leave"}}))).claims.size() == 1);
}

TEST_CASE("a shortage refuses the start, or warns if the policy is best effort") {
    auto scene = scene_with(policy_with({{"hugepages.reserve", "auto"}}), 1);
    scene.facts.nodes[0].available = 0;
    const std::string rest = "not enough huge pages: memory needs 1024 x 2 MiB on node0; 1024 are missing; "
                             "node0: 0 free, 0 promised to other VMs, 0 can be added with 3.1 GiB left for "
                             "the host\n  hint: the largest size that fits is 0 B\n";
    scene.facts.nodes[0].memory = 3276 * MiB * 20;
    CHECK(planned(scene).notes.text() == "win11.toml:2:1: error: " + rest);
    scene.policy = best_effort(scene.policy, "hugepages");
    CHECK(planned(scene).notes.text() == "win11.toml:2:1: warning: " + rest);
}

TEST_CASE("each cell's pages come from its own nodes and sizes") {
    auto scene = scene_with(policy_with({}));
    scene.domain = with_cells(domain_with_memory(0), {2 * GiB, 2 * GiB});
    scene.domain.backing = {
        .hugepages = true,
        .pages = {{.size = GiB, .guest_cells = NodeSet{0}}, {.size = page, .guest_cells = NodeSet{1}}}};
    scene.domain.numa_cells = {{.cell = 0, .nodes = {0}}, {.cell = 1, .nodes = {1}}};
    const auto plan = planned(scene);
    CHECK(text_of(plan.pools) ==
          "node0/hugepages-1048576kB: 2 needed, 2 grown\nnode1/hugepages-2048kB: 1024 needed, 1024 grown\n");
    REQUIRE(plan.claims.size() == 2);
    CHECK(plan.claims[0].path() == directory + "node0/hugepages/hugepages-1048576kB/nr_hugepages");
    CHECK(plan.claims[1].path() == directory + "node1/hugepages/hugepages-2048kB/nr_hugepages");
}

TEST_CASE("a kernel without NUMA has its pools in a single folder") {
    auto scene = scene_with(policy_with({}), 1);
    scene.facts.has_numa = false;
    CHECK(planned(scene).claims.at(0).path() == "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
}

TEST_CASE("hugepages.reserve adds all claims to the baseline, in any order") {
    in_each_order({"10", "20"},
                  [](const auto& claims) { CHECK(combined("hugepages.reserve", "5", claims) == "35"); });
    in_each_order({"1", "20", "300"},
                  [](const auto& claims) { CHECK(combined("hugepages.reserve", "0", claims) == "321"); });
    CHECK(combined("hugepages.reserve", "512", {"7", "7", "7"}) == "533");
}

TEST_CASE("pages of a VM that is pinned to a node without memory come from other nodes, unless it is bound "
          "there") {
    auto scene = scene_with(policy_with({}), 4);
    for (const unsigned node : {1U, 3U}) {
        scene.facts.nodes[node].memory = scene.facts.nodes[node].available = 0;
        std::erase_if(scene.facts.pools, [&](const auto& one) { return one.id.node == node; });
    }
    scene.domain = with_pins(std::move(scene.domain), {{4}, {5}});
    CHECK(text_of(planned(scene).pools) == "node0/hugepages-2048kB: 1024 needed, 1024 grown\n");
    scene.domain.numa_memory = NumaMemory{.nodes = {1}};
    CHECK(planned(scene).notes.text().find("node 1 has no pages of that size") != std::string::npos);
    CHECK(planned(scene).notes.has_errors());
}
