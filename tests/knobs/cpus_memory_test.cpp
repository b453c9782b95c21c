#include "knobs/parts/machine_scope.hpp"
#include "knobs/parts/placed.hpp"
#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const Placement on_node_1{.vcpus = {5, 6}, .emulator = {4}, .iothreads = {}, .idle = {}, .nodes = {1}};

struct Start {
    Domain domain = with_hugepages(domain_with_memory(GiB), 2 * MiB);
    Policy policy = policy_with({{"cpus.place", "auto"}});
    std::vector<Promise> promises = {{{1, 2 * MiB}, 512}};
    HostFacts facts = host_with_nodes(2);
    const Lease* own = nullptr;

    Start() {
        domain.id = 3;
        facts.has_systemd = true;
    }

    KnobPlan plan(const Placement* place = &on_node_1) const {
        const std::map<PoolId, std::uint64_t> promised;
        KnobPlan plan;
        plan.promises = promises;
        const Domain pinned = place == nullptr ? domain : placed(domain, *place);
        find_knob("cpus.memory")->plan({pinned, policy, facts, {}, promised, own, place}, plan);
        return plan;
    }

    std::string value() const {
        const auto claims = plan().claims;
        return claims.empty() ? "" : claims.front().value;
    }
};

std::string scope_of(const std::string& name, std::optional<unsigned> id = 3) {
    Domain domain;
    domain.name = name;
    domain.id = id;
    return machine_scope(domain);
}
} // namespace

TEST_CASE("QEMU's scope is limited to the place before it exists, memory to the nodes of its huge pages") {
    const auto plan = Start().plan();
    REQUIRE(plan.claims.size() == 1);
    const Claim& claim = plan.claims.front();
    CHECK(claim.name() == "machine-qemu\\x2d3\\x2dwin11.scope");
    CHECK(claim.path() == "/run/systemd/system/machine-qemu\\x2d3\\x2dwin11.scope.d/50-hostlease.conf");
    CHECK(claim.value == "AllowedCPUs=4-6 AllowedMemoryNodes=1");
    CHECK(claim.phase == Phase::prepare);
}

TEST_CASE("memory is not limited if it may be needed elsewhere") {
    Start start;
    SUBCASE("ordinary pages") { start.promises.clear(); }
    SUBCASE("only part of it in huge pages") { start.promises[0].pages = 511; }
    SUBCASE("pages on all nodes") { start.promises.push_back({{0, 2 * MiB}, 4}); }
    SUBCASE("bound by the XML") { start.domain.numa_memory = NumaMemory{}; }
    SUBCASE("cells bound by the XML") { start.domain.numa_cells.push_back({}); }
    CHECK(start.value() == "AllowedCPUs=4-6");
}

TEST_CASE("a file that the guest uses as memory needs no pages") {
    Start start;
    start.domain.memory += 100 * GiB;
    start.domain.memory_devices.push_back({.model = "nvdimm", .size = 100 * GiB});
    CHECK(start.value() == "AllowedCPUs=4-6 AllowedMemoryNodes=1");
}

TEST_CASE("pages that another node had to provide are allowed there") {
    Start start;
    start.promises = {{{0, 2 * MiB}, 512}, {{1, 2 * MiB}, 0}};
    CHECK(start.value() == "AllowedCPUs=4-6 AllowedMemoryNodes=0");
}

TEST_CASE("a running VM keeps its limits, because its memory would be moved") {
    Start start;
    Lease own = lease_of("win11", start.plan().claims);
    start.own = &own;
    start.promises.clear();
    CHECK(start.value() == "AllowedCPUs=4-6 AllowedMemoryNodes=1");
}

TEST_CASE("nothing is limited without a place, or if the policy leaves it") {
    Start start;
    CHECK(start.plan(nullptr).claims.empty());
    const Placement none{.problem = "no CPUs"};
    CHECK(start.plan(&none).claims.empty());
    start.facts.has_systemd = false;
    CHECK(start.plan().claims.empty());
    start.facts.has_systemd = true;
    start.policy = policy_with({{"cpus.place", "auto"}, {"cpus.memory", "leave"}});
    CHECK(start.plan().claims.empty());
    CHECK(start.plan().notes.text() == "");
}

TEST_CASE("the scope is named as libvirt and machined name it") {
    struct Case {
        std::string name, scope;
    };
    const std::string head = "machine-qemu\\x2d3";
    for (const auto& [name, scope] :
         {Case{"win11", head + "\\x2dwin11.scope"}, Case{"win 11", head + "\\x2dwin11.scope"},
          Case{"a.-.b_c", head + "\\x2da.bc.scope"}, Case{"-lead", head + "\\x2dlead.scope"},
          Case{"../../x.service", head + "\\x2dx.service.scope"}, Case{"tail-.", head + "\\x2dtail.scope"},
          Case{"two-parts", head + "\\x2dtwo\\x2dparts.scope"}, Case{"\u00fcn\u00ef", head + "\\x2dn.scope"},
          Case{"\u00fc", head + ".scope"},
          Case{std::string(70, 'x'), head + "\\x2d" + std::string(57, 'x') + ".scope"}}) {
        CAPTURE(name);
        CHECK(scope_of(name) == scope);
    }
    CHECK(scope_of("vm", std::nullopt) == "machine-qemu\\x2d*\\x2dvm.scope");
}
