// For all hosts and demands: a placement never takes unavailable pages. RC_PARAMS="seed=..." tries other
// cases.
#include "knobs/parts/page_placement.hpp"

#include "support/builders.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <sstream>

using namespace hostlease;
using namespace hostlease::test;

namespace {
constexpr std::uint64_t page_sizes[] = {2 * MiB, GiB};

std::uint64_t up_to(std::uint64_t most) { return *rc::gen::inRange<std::uint64_t>(0, most + 1); }

bool coin() { return *rc::gen::arbitrary<bool>(); }

/// A generated case: a host, the pages that others hold, and the demands.
struct Market {
    Scene scene{domain_with_memory(GiB), policy_with({}), {}};
    std::map<unsigned, std::uint64_t> host_free_min;
    NodeSet near;
    std::vector<PageDemand> demands;

    [[nodiscard]] PagePlacement place() const {
        return place_pages(scene.input(), demands, near, {host_free_min});
    }
    [[nodiscard]] const HostFacts& facts() const { return scene.facts; }
};

void make_pool(Market& market, PoolId id) {
    const std::uint64_t most = id.page_size == GiB ? 6 : 2000;
    auto& pool = market.scene.facts.pools.emplace_back(PoolFacts{.id = id});
    pool.free = up_to(most);
    pool.surplus = up_to(10);
    pool.total = pool.free + pool.surplus + up_to(most);
    if (coin()) market.scene.promised[id] = up_to(most);
    if (*rc::gen::inRange(0, 4) == 0) market.scene.facts.growth_limit[id] = up_to(most);
}

void make_host(Market& market) {
    const unsigned count = *rc::gen::inRange(1U, 5U);
    for (unsigned node = 0; node < count; ++node) {
        market.scene.facts.nodes.push_back({.id = node, .memory = 16 * GiB, .available = up_to(8 * GiB)});
        if (coin()) market.host_free_min[node] = up_to(3 * GiB);
        if (coin()) market.near.add(node);
        for (const auto page_size : page_sizes)
            if (*rc::gen::inRange(0, 8) != 0) make_pool(market, {node, page_size});
    }
    for (const auto page_size : page_sizes)
        if (coin()) market.scene.facts.reserved_pages[page_size] = up_to(page_size == GiB ? 4 : 1000);
}

PageDemand make_demand(std::size_t number, unsigned nodes) {
    PageDemand demand{.what = "block " + std::to_string(number), .page_size = coin() ? GiB : 2 * MiB};
    demand.pages = 1 + up_to(demand.page_size == GiB ? 5 : 2000);
    demand.memory = demand.pages * demand.page_size;
    demand.source =
        *rc::gen::element(PageSource::bound, PageSource::spread, PageSource::preferred, PageSource::anywhere);
    if (demand.source == PageSource::anywhere) return demand;
    for (unsigned node = 0; node < nodes; ++node)
        if (coin()) demand.nodes.add(node);
    if (demand.nodes.empty()) demand.nodes.add(*rc::gen::inRange(0U, nodes));
    return demand;
}

Market make_market() {
    Market market;
    make_host(market);
    const auto count = *rc::gen::inRange<std::size_t>(1, 5);
    while (market.demands.size() < count)
        market.demands.push_back(
            make_demand(market.demands.size(), static_cast<unsigned>(market.facts().nodes.size())));
    return market;
}

/// Whether the demand may only take pages from its nodes.
bool is_fixed(const PageDemand& demand) {
    return demand.source == PageSource::bound || demand.source == PageSource::spread;
}

std::uint64_t needed(const PagePlacement& placement, std::uint64_t page_size, const NodeSet& nodes) {
    std::uint64_t pages = 0;
    for (const auto& pool : placement.pools)
        if (pool.id.page_size == page_size && nodes.contains(pool.id.node))
            pages += (pool.needed - pool.missing);
    return pages;
}

NodeSet all_nodes(const Market& market) {
    return CpuSet::range(0, static_cast<unsigned>(market.facts().nodes.size()) - 1);
}

/// Each set of the existing nodes, as bits.
template <typename Check>
void for_each_node_set(const Market& market, Check check) {
    for (unsigned bits = 1; bits < 1U << market.facts().nodes.size(); ++bits) {
        NodeSet nodes;
        for (unsigned node = 0; node < market.facts().nodes.size(); ++node)
            if ((bits >> node & 1U) != 0) nodes.add(node);
        check(nodes);
    }
}

/// Runs the property on 400 markets; RC_PARAMS can select others than the fixed ones.
template <typename Property>
void holds_for_any_market(const char* name, Property property) {
    setenv("RC_PARAMS", "seed=20240229 max_success=400", 0);
    rc::detail::TestMetadata metadata;
    metadata.id = name;
    metadata.description = name;
    const auto result = rc::detail::checkTestable([&] { property(make_market()); }, metadata);
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    INFO("RC_PARAMS=\"", std::string(std::getenv("RC_PARAMS")), "\", seed ",
         rc::detail::configuration().testParams.seed, ": ", text.str());
    CHECK(result.template is<rc::detail::SuccessResult>());
}
} // namespace

TEST_CASE("either a shortage is reported or every demand is met exactly") {
    holds_for_any_market("met or short", [](const Market& market) {
        const auto placement = market.place();
        for (const auto page_size : page_sizes) {
            std::uint64_t demanded = 0;
            for (const auto& demand : market.demands)
                if (demand.page_size == page_size) demanded += demand.pages;
            const auto placed = needed(placement, page_size, all_nodes(market));
            if (placement.shortages.has_errors())
                RC_ASSERT(placed <= demanded);
            else
                RC_ASSERT(placed == demanded);
        }
        RC_TAG(placement.shortages.has_errors() ? "short" : "met");
    });
}

TEST_CASE("a single demand on the host is short exactly if its nodes cannot satisfy it") {
    holds_for_any_market("one demand", [](Market market) {
        market.demands.resize(1);
        const auto& demand = market.demands.front();
        market.scene.facts.reserved_pages.clear();
        std::uint64_t most = 0;
        for (const auto& pool : market.facts().pools) {
            if (pool.id.page_size != demand.page_size ||
                (is_fixed(demand) && !demand.nodes.contains(pool.id.node)))
                continue;
            const auto& promised = market.scene.promised;
            const auto taken = promised.contains(pool.id) ? promised.at(pool.id) : 0;
            const auto available = market.facts().node(pool.id.node)->available;
            const auto keep = market.host_free_min[pool.id.node];
            auto growth = available > keep ? (available - keep) / demand.page_size : 0;
            const auto& limits = market.facts().growth_limit;
            if (limits.contains(pool.id)) growth = std::min(growth, limits.at(pool.id));
            most += growth + (pool.free > taken ? pool.free - taken : 0);
        }
        RC_ASSERT(market.place().shortages.has_errors() == (most < demand.pages));
    });
}

TEST_CASE("growing leaves each node the memory that the host must keep") {
    holds_for_any_market("host_free_min", [](const Market& market) {
        std::map<unsigned, std::uint64_t> growth;
        const auto placement = market.place();
        for (const auto& pool : placement.pools)
            growth[pool.id.node] += pool.grow * pool.id.page_size;
        for (const auto& pool : placement.pools) {
            const auto bytes = growth[pool.id.node];
            const auto available = market.facts().node(pool.id.node)->available;
            const auto keep = market.host_free_min.find(pool.id.node);
            RC_ASSERT(bytes <= available);
            if (bytes > 0 && keep != market.host_free_min.end()) RC_ASSERT(available - bytes >= keep->second);
            RC_ASSERT(pool.left_for_host == available - bytes);
        }
    });
}

TEST_CASE("no pool gives free pages that are promised or reserved, nor grows past its limit") {
    holds_for_any_market("free pages", [](const Market& market) {
        for (const auto& pool : market.place().pools) {
            const PoolFacts* facts = market.facts().pool(pool.id);
            RC_ASSERT(facts != nullptr);
            RC_ASSERT(pool.free == facts->free);
            RC_ASSERT(pool.grow <= (pool.needed - pool.missing));
            const auto reserved = market.facts().reserved_pages.find(pool.id.page_size);
            const auto foreign = reserved == market.facts().reserved_pages.end() ? 0 : reserved->second;
            const auto promised =
                market.scene.promised.contains(pool.id) ? market.scene.promised.at(pool.id) : 0;
            RC_ASSERT(pool.promised == promised);
            const auto used = (pool.needed - pool.missing) - pool.grow;
            RC_ASSERT(used == 0 || used + promised + foreign <= facts->free);
            const auto limit = market.facts().growth_limit.find(pool.id);
            if (limit != market.facts().growth_limit.end()) RC_ASSERT(pool.grow <= limit->second);
        }
    });
}

// By Hall's theorem, the pages can be distributed to the demands if this holds for every set of nodes.
TEST_CASE("bound and spread demands use their own nodes only") {
    holds_for_any_market("own nodes", [](const Market& market) {
        const auto placement = market.place();
        for (const auto page_size : page_sizes)
            for_each_node_set(market, [&](const NodeSet& nodes) {
                std::uint64_t inside = 0;
                std::uint64_t touching = 0;
                for (const auto& demand : market.demands) {
                    if (demand.page_size != page_size) continue;
                    if (is_fixed(demand) && demand.nodes.is_subset_of(nodes)) inside += demand.pages;
                    if (!is_fixed(demand) || demand.nodes.intersects(nodes)) touching += demand.pages;
                }
                RC_ASSERT(needed(placement, page_size, nodes) <= touching);
                if (!placement.shortages.has_errors())
                    RC_ASSERT(needed(placement, page_size, nodes) >= inside);
            });
    });
}

TEST_CASE("the order of the demands does not matter if each can use only one node") {
    holds_for_any_market("order", [](Market market) {
        for (auto& demand : market.demands) {
            demand.source = PageSource::bound;
            demand.nodes = {demand.nodes.empty() ? 0 : demand.nodes.members().front()};
        }
        const auto forward = market.place();
        if (forward.shortages.has_errors()) return;
        std::reverse(market.demands.begin(), market.demands.end());
        RC_ASSERT(market.place().pools == forward.pools);
    });
}
