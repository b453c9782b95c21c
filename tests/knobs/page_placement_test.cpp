#include "knobs/parts/page_placement.hpp"

#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
using Minimum = std::map<unsigned, std::uint64_t>;
constexpr std::uint64_t page = 2 * MiB;

PageDemand demand(std::uint64_t pages, PageSource source = PageSource::anywhere, NodeSet nodes = {},
                  std::uint64_t page_size = page) {
    return {.what = "memory",
            .memory = pages * page_size,
            .page_size = page_size,
            .pages = pages,
            .source = source,
            .nodes = std::move(nodes)};
}

PageDemand bound(std::uint64_t pages, NodeSet nodes, std::uint64_t page_size = page) {
    return demand(pages, PageSource::bound, std::move(nodes), page_size);
}

struct Place {
    Scene scene;
    NodeSet near = {};
    Minimum host_free_min = {};

    [[nodiscard]] PagePlacement operator()(std::vector<PageDemand> demands) const {
        return place_pages(scene.input(), std::move(demands), near, {host_free_min});
    }
    /// Pools and shortages as text.
    [[nodiscard]] std::string text(std::vector<PageDemand> demands) const {
        const auto placement = (*this)(std::move(demands));
        return text_of(placement.pools) + placement.shortages.text();
    }
};

Place on_host(HostFacts facts) {
    return {.scene = {domain_with_memory(GiB), policy_with({}), std::move(facts)}};
}

/// Two nodes with this many free 2 MiB pages and room for `room` more on each.
Place on_two_nodes(std::uint64_t free0, std::uint64_t free1, std::uint64_t room = 1000) {
    auto facts = host_with_nodes(2, room * page);
    set_pool(facts, 0, page, free0, free0);
    set_pool(facts, 1, page, free1, free1);
    return on_host(std::move(facts));
}
} // namespace

TEST_CASE("a demand takes free pages first and grows the pool by the rest, if its nodes allow it") {
    struct Case {
        std::string what;
        Place place;
        PageDemand demand;
        std::string text;
    };
    for (
        const auto& [what, place, wanted, text] : {
            Case{"all free", on_two_nodes(100, 100), bound(60, {1}),
                 "node1/hugepages-2048kB: 60 needed, 0 grown\n"},
            Case{"exactly all", on_two_nodes(100, 100), bound(100, {1}),
                 "node1/hugepages-2048kB: 100 needed, 0 grown\n"},
            Case{"one node grows though the other has free pages", on_two_nodes(100, 10), bound(60, {1}),
                 "node1/hugepages-2048kB: 60 needed, 50 grown\n"},
            Case{"a set mixes free pages of both before it grows", on_two_nodes(20, 30), bound(60, {0, 1}),
                 "node0/hugepages-2048kB: 30 needed, 10 grown\nnode1/hugepages-2048kB: 30 needed, 0 grown\n"},
            Case{
                "a set grows on the next node when the first is full", on_two_nodes(0, 0, 40),
                bound(60, {0, 1}),
                "node0/hugepages-2048kB: 40 needed, 40 grown\nnode1/hugepages-2048kB: 20 needed, 20 grown\n"},
            Case{"preferred stays where it can", on_two_nodes(100, 10),
                 demand(60, PageSource::preferred, {1}), "node1/hugepages-2048kB: 60 needed, 50 grown\n"},
            Case{"preferred falls back", on_two_nodes(100, 10, 30), demand(60, PageSource::preferred, {1}),
                 "node0/hugepages-2048kB: 20 needed, 0 grown\nnode1/hugepages-2048kB: 40 needed, 30 grown\n"},
            Case{"interleave takes the same from each", on_two_nodes(100, 0),
                 demand(60, PageSource::spread, {0, 1}),
                 "node0/hugepages-2048kB: 30 needed, 0 grown\nnode1/hugepages-2048kB: 30 needed, 30 grown\n"},
            Case{"interleave makes up on the others for what a node lacks", on_two_nodes(100, 5, 0),
                 demand(60, PageSource::spread, {0, 1}),
                 "node0/hugepages-2048kB: 55 needed, 0 grown\nnode1/hugepages-2048kB: 5 needed, 0 grown\n"},
            Case{"anywhere begins with the first node", on_two_nodes(10, 100), demand(60),
                 "node0/hugepages-2048kB: 60 needed, 50 grown\n"},
            Case{
                "anywhere goes on", on_two_nodes(10, 10, 20), demand(60),
                "node0/hugepages-2048kB: 30 needed, 20 grown\nnode1/hugepages-2048kB: 30 needed, 20 grown\n"},
        }) {
        CAPTURE(what);
        CHECK(place.text({wanted}) == text);
    }
}

TEST_CASE("interleave distributes pages one by one: no node gets two more than another") {
    auto facts = host_with_nodes(4);
    const auto place = on_host(facts);
    CHECK(place.text({demand(5, PageSource::spread, {0, 1, 2, 3})}) ==
          "node0/hugepages-2048kB: 2 needed, 2 grown\n"
          "node1/hugepages-2048kB: 1 needed, 1 grown\n"
          "node2/hugepages-2048kB: 1 needed, 1 grown\n"
          "node3/hugepages-2048kB: 1 needed, 1 grown\n");
    CHECK(place.text({demand(10, PageSource::spread, {0, 2, 3})}) ==
          "node0/hugepages-2048kB: 4 needed, 4 grown\n"
          "node2/hugepages-2048kB: 3 needed, 3 grown\n"
          "node3/hugepages-2048kB: 3 needed, 3 grown\n");
    CHECK(place.text({demand(2, PageSource::spread, {1, 2, 3})}) ==
          "node1/hugepages-2048kB: 1 needed, 1 grown\n"
          "node2/hugepages-2048kB: 1 needed, 1 grown\n");
}

TEST_CASE("memory that may be anywhere uses near nodes first, and then the others in order") {
    auto place = on_two_nodes(10, 10, 20);
    place.near = {1};
    CHECK(place.text({demand(25)}) == "node1/hugepages-2048kB: 25 needed, 15 grown\n");
    CHECK(place.text({demand(45)}) ==
          "node0/hugepages-2048kB: 15 needed, 5 grown\nnode1/hugepages-2048kB: 30 needed, 20 grown\n");
    place.near = {7};
    CHECK(place.text({demand(25)}) == "node0/hugepages-2048kB: 25 needed, 15 grown\n");
}

TEST_CASE("pages promised to other VMs are never taken") {
    auto place = on_two_nodes(100, 0, 1000);
    place.scene.promised[{0, page}] = 70;
    CHECK(place.text({bound(60, {0})}) == "node0/hugepages-2048kB: 60 needed, 30 grown\n");
    CHECK(place({bound(60, {0})}).pools.at(0).promised == 70);
    place.scene.promised[{0, page}] = 100;
    CHECK(place.text({bound(60, {0})}) == "node0/hugepages-2048kB: 60 needed, 60 grown\n");
    place.scene.promised[{0, page}] = 500; // more than is free: none of it is available
    CHECK(place.text({bound(60, {0})}) == "node0/hugepages-2048kB: 60 needed, 60 grown\n");
    place.scene.promised = {{{0, GiB}, 50}, {{1, page}, 50}}; // other pools
    CHECK(place.text({bound(60, {0})}) == "node0/hugepages-2048kB: 60 needed, 0 grown\n");
}

TEST_CASE("pages that others have reserved without touching them are never taken; the kernel does not say on "
          "which node, so each is charged") {
    auto place = on_two_nodes(100, 100);
    place.scene.facts.reserved_pages[page] = 70;
    CHECK(place.text({bound(60, {0, 1})}) ==
          "node0/hugepages-2048kB: 30 needed, 0 grown\nnode1/hugepages-2048kB: 30 needed, 0 grown\n");
    CHECK(place.text({bound(60, {1})}) == "node1/hugepages-2048kB: 60 needed, 30 grown\n");
    place.scene.facts.reserved_pages = {{GiB, 70}};
    CHECK(place.text({bound(60, {1})}) == "node1/hugepages-2048kB: 60 needed, 0 grown\n");
}

TEST_CASE("promised pages and pages that others have reserved are different pages") {
    auto place = on_two_nodes(100, 100);
    place.scene.promised[{0, page}] = 70;
    place.scene.facts.reserved_pages[page] = 20;
    CHECK(place.text({bound(90, {1})}) == "node1/hugepages-2048kB: 90 needed, 10 grown\n");
    CHECK(place.text({bound(20, {0})}) == "node0/hugepages-2048kB: 20 needed, 10 grown\n");
}

TEST_CASE("a node keeps what the host needs, and the message shows the rest") {
    auto place = on_two_nodes(10, 0, 100);
    place.host_free_min = {{0, 60 * page}, {1, 200 * page}};
    CHECK(place.text({bound(50, {0})}) == "node0/hugepages-2048kB: 50 needed, 40 grown\n");
    CHECK(place({bound(50, {0})}).pools.at(0).left_for_host == 60 * page);
    CHECK(place({bound(51, {0})}).shortages.has_errors());
    CHECK(place({bound(1, {1})}).shortages.has_errors());
    CHECK(place({bound(10, {0})}).pools.at(0).left_for_host == 100 * page);
}

TEST_CASE("several blocks never count a page twice") {
    const auto place = on_two_nodes(100, 0, 50);
    CHECK(place.text({bound(80, {0}), bound(60, {0})}) == "node0/hugepages-2048kB: 140 needed, 40 grown\n");
    CHECK(place.text({bound(150, {0}), bound(1, {0})}).find("not enough huge pages") != std::string::npos);
    CHECK(place.text({bound(80, {0}), demand(60), bound(10, {1})}) ==
          "node0/hugepages-2048kB: 140 needed, 40 grown\nnode1/hugepages-2048kB: 10 needed, 10 grown\n");
}

TEST_CASE("the block with the fewest nodes to choose from is placed first") {
    const auto place = on_two_nodes(50, 50, 0);
    const std::string text =
        "node0/hugepages-2048kB: 50 needed, 0 grown\nnode1/hugepages-2048kB: 50 needed, 0 grown\n";
    CHECK(place.text({demand(50), bound(50, {0})}) == text);
    CHECK(place.text({bound(50, {0, 1}), bound(50, {0})}) == text);
    CHECK(place.text({demand(50, PageSource::preferred, {0}), bound(50, {0})}) == text);
}

TEST_CASE("gigantic pages are placed and grown before small ones, and both share a node's memory") {
    const auto place = on_host(host_with_nodes(2, 3 * GiB));
    CHECK(place.text({bound(512, {0}), bound(1, {1}, GiB), bound(2, {0}, GiB)}) ==
          "node0/hugepages-1048576kB: 2 needed, 2 grown\n"
          "node1/hugepages-1048576kB: 1 needed, 1 grown\n"
          "node0/hugepages-2048kB: 512 needed, 512 grown\n");
    for (const auto& pool : place({bound(512, {0}), bound(2, {0}, GiB)}).pools)
        CHECK(pool.left_for_host == 0);
    CHECK(place.text({bound(513, {0}), bound(2, {0}, GiB)}).find("513 x 2 MiB on node0; 1 are missing") !=
          std::string::npos);
}

TEST_CASE("a pool is not expected to grow beyond what a try has shown") {
    auto place = on_two_nodes(10, 10, 1000);
    place.scene.facts.growth_limit[{0, page}] = 20;
    CHECK(place.text({bound(30, {0})}) == "node0/hugepages-2048kB: 30 needed, 20 grown\n");
    CHECK(place({bound(31, {0})}).shortages.has_errors());
    CHECK(place({bound(20, {0}), bound(11, {0})}).shortages.has_errors());
    CHECK(place.text({demand(60)}) ==
          "node0/hugepages-2048kB: 30 needed, 20 grown\nnode1/hugepages-2048kB: 30 needed, 20 grown\n");
    place.scene.facts.growth_limit = {{{0, page}, 0}};
    CHECK(place({bound(11, {0})}).shortages.has_errors());
    place.scene.facts.growth_limit = {{{0, page}, 5000}}; // memory is the smaller limit
    CHECK(place({bound(1011, {0})}).shortages.has_errors());
    CHECK_FALSE(place({bound(1010, {0})}).shortages.has_errors());
}

TEST_CASE("a shortage names the block, each node's account and the largest that fits") {
    auto place = on_two_nodes(100, 30, 1024);
    place.scene.promised[{0, page}] = 88;
    place.host_free_min = {{0, GiB}, {1, GiB}};
    CHECK(place({bound(600, {0})}).shortages.text() ==
          "error: not enough huge pages: memory needs 600 x 2 MiB on node0; 76 are missing; node0: 100 free, "
          "88 promised to other VMs, 512 can be added with 1 GiB left for the host\n  hint: the largest size "
          "that fits is 1 GiB\n");
    CHECK(place({bound(2000, {0, 1})}).shortages.text() ==
          "error: not enough huge pages: memory needs 2000 x 2 MiB on nodes 0-1; 934 are missing; node0: 100 "
          "free, 88 promised to other VMs, 512 can be added with 1 GiB left for the host; node1: 30 free, 0 "
          "promised to other VMs, 512 can be added with 1 GiB left for the host\n  hint: the largest size "
          "that fits is 2 GiB\n");
}

TEST_CASE("each short demand is reported, and the others are placed") {
    const auto placement = on_two_nodes(0, 0, 100)({bound(200, {0}), bound(100, {1}), bound(1, {1})});
    CHECK(placement.shortages.all().size() == 2);
    CHECK(text_of(placement.pools).find("node1/hugepages-2048kB: 101 needed, 100 grown") !=
          std::string::npos);
}

TEST_CASE("a page size that the nodes do not have is reported") {
    auto facts = host_with_nodes(1);
    std::erase_if(facts.pools, [](const auto& one) { return one.id.page_size == GiB; });
    const auto hint = [](const std::string& where) { return "  hint: " + where + "\n"; };
    const auto place = on_host(facts);
    CHECK(place.text({demand(4, PageSource::anywhere, {}, GiB)}) ==
          "error: memory needs 4 x 1 GiB, but this host has no pages of that size\n" +
              hint("this host has pages of 2 MiB: use one of these sizes in <hugepages>"));
    CHECK(place.text({bound(4, {0}, GiB)}) ==
          "error: memory needs 4 x 1 GiB, but node 0 has no pages of that size\n" +
              hint("node 0 has pages of 2 MiB: use one of these sizes in <hugepages>"));
    const auto none = hint("node 5 has no huge pages: check <numatune> and <hugepages>");
    CHECK(place.text({bound(4, {5})}) ==
          "error: memory needs 4 x 2 MiB, but node 5 has no pages of that size\n" + none);
    CHECK(place.text({demand(4, PageSource::spread, {5})}) ==
          "error: memory needs 4 x 2 MiB, but node 5 has no pages of that size\n" + none);
    CHECK(place.text({demand(4, PageSource::preferred, {5})}) ==
          "node0/hugepages-2048kB: 4 needed, 4 grown\n");
}

TEST_CASE("no demands need no pools") {
    CHECK(on_two_nodes(1, 1).text({}).empty());
    CHECK(on_two_nodes(1, 1).text({bound(0, {0})}).empty());
}

TEST_CASE("pages of a VM with chosen CPUs are near each vCPU, and free gigantic ones come first") {
    auto wide = demand(90);
    wide.vcpus_by_node = {{0, 2}, {1, 1}};
    auto place = on_two_nodes(200, 10);
    const auto pools = place({wide}).pools;
    REQUIRE(pools.size() == 2);
    CHECK(pools[0].needed == 60);
    CHECK(pools[1].needed == 30);
    auto facts = host_with_nodes(2, 64 * GiB);
    set_pool(facts, 0, GiB, 0, 0);
    set_pool(facts, 1, GiB, 8, 8);
    auto gigantic = demand(8, PageSource::anywhere, {}, GiB);
    gigantic.vcpus_by_node = {{0, 1}, {1, 1}};
    for (const auto& pool : on_host(facts)({gigantic}).pools)
        CHECK(pool.grow == 0);
}

TEST_CASE("the room of a node has no pages of others, and what the host keeps is not part of it") {
    auto place = on_two_nodes(100, 100, 600);
    place.scene.promised = {{PoolId{0, page}, 40}};
    const auto all = page_room(place.scene.input(), {page});
    CHECK(all.free.at(0) == 60 * page);
    CHECK(all.free.at(1) == 100 * page);
    CHECK(all.all.at(1) >= all.free.at(1));
    const auto kept = page_limits(place.scene.input()).host_free_min.at(1);
    CHECK(all.all.at(1) == all.free.at(1) + (600 * page > kept ? (600 * page - kept) / page * page : 0));
    place.scene.policy = policy_with({{"hugepages.reserve", "leave"}});
    CHECK(page_room(place.scene.input(), {page}).all.at(1) == 100 * page);
}
