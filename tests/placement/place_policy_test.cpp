// Whatever VMs come and go: no CPU belongs to two, the host keeps its cores, no core is split.
// RC_PARAMS="seed=..." tries others.
#include "placement/place_policy.hpp"

#include "knobs/parts/housekeeping.hpp"
#include "support/captured_hosts.hpp"

#include <rapidcheck.h>
#include <set>

using namespace hostlease;
using namespace hostlease::test;

namespace {
unsigned below(unsigned limit) { return *rc::gen::inRange(0U, limit); }

HostTopology random_topology() {
    HostTopology topology;
    const auto threads = 1 + below(2);
    unsigned node = 0;
    unsigned cache = 0;
    unsigned cpu = 0;
    for (unsigned package = 0, packages = 1 + below(2); package < packages; ++package)
        for (unsigned nodes = 1 + below(2); nodes > 0; --nodes, ++node)
            for (unsigned caches = 1 + below(3); caches > 0; --caches, ++cache)
                for (unsigned cores = 1 + below(4); cores > 0; --cores) {
                    TopologyCore core{.package = package, .node = node, .cache = cache};
                    for (unsigned thread = 0; thread < threads; ++thread, ++cpu)
                        if (cpu == 0 || below(12) != 0) core.threads.add(cpu);
                    topology.online |= core.threads;
                    if (!core.threads.empty()) topology.cores.push_back(core);
                }
    return topology;
}

HostTopology some_topology() {
    static const auto names = captured_hosts();
    return below(2) == 0 ? random_topology()
                         : captured_host(names[below(static_cast<unsigned>(names.size()))]);
}

HostFacts facts_of(const HostTopology& topology) {
    HostFacts facts;
    facts.online = facts.possible = topology.online;
    std::map<unsigned, CpuSet> nodes;
    for (const auto& core : topology.cores) {
        facts.cores.push_back(core.threads);
        nodes[core.node] |= core.threads;
    }
    for (const auto& [id, cpus] : nodes)
        facts.nodes.push_back({.id = id, .cpus = cpus});
    return facts;
}

/// A host, and the VMs that have been placed on it.
struct Placed {
    explicit Placed(HostTopology cores, const PlaceRules& by = {})
        : topology(std::move(cores)), facts(facts_of(topology)), rules(by) {}

    HostTopology topology;
    HostFacts facts;
    PlaceRules rules;
    std::vector<OtherDomain> vms;

    Placement place(const Domain& domain) {
        return choose_place({.domain = domain,
                             .host = {.host = facts, .others = vms, .leases = {}, .isolated_at_boot = {}},
                             .topology = topology},
                            rules);
    }

    void add(const Placement& place) {
        vms.push_back({.name = "vm" + std::to_string(vms.size()),
                       .pinned = place.vcpu_cpus() | place.idle,
                       .running = true,
                       .helpers = place.emulator | place.iothreads});
    }

    void check(const Domain& domain, const Placement& place) const {
        const CpuSet cpus = place.vcpu_cpus();
        const CpuSet helpers = place.emulator | place.iothreads;
        RC_ASSERT(place.vcpus.size() == domain.vcpus);
        RC_ASSERT(cpus.count() == domain.vcpus);
        RC_ASSERT(cpus.is_subset_of(topology.online));
        RC_ASSERT(!cpus.intersects(place.idle));
        RC_ASSERT(!place.emulator.empty());
        RC_ASSERT(!helpers.intersects(cpus | place.idle));
        CpuSet taken = cpus | place.idle;
        for (const auto& vm : vms) {
            RC_ASSERT(!vm.pinned.intersects(cpus | place.idle | helpers));
            RC_ASSERT(!vm.helpers.intersects(cpus | place.idle));
            taken |= vm.pinned;
        }
        RC_ASSERT(whole_cores_without(facts, taken) >= rules.housekeeping_cores);
        std::set<unsigned> caches;
        NodeSet nodes;
        for (const auto& core : topology.cores) {
            if (!core.threads.intersects(cpus)) continue;
            RC_ASSERT(core.threads.is_subset_of(cpus | place.idle));
            RC_ASSERT(!core.threads.contains(topology.online.members().front()));
            caches.insert(core.cache);
            nodes.add(core.node);
        }
        RC_ASSERT(nodes == place.nodes);
        if (rules.scope == PlaceScope::cache) RC_ASSERT(caches.size() == 1U);
        if (rules.scope == PlaceScope::node) RC_ASSERT(nodes.count() == 1U);
    }

    /// Whole cores of this cache, node or host that a VM may have, and leave the host its own.
    [[nodiscard]] bool has_room(const Domain& domain) const {
        CpuSet used;
        for (const auto& vm : vms)
            used |= vm.pinned;
        std::size_t free = 0;
        std::map<std::pair<unsigned, unsigned>, unsigned> room; // of a region and kind
        for (const auto& core : topology.cores) {
            if (core.threads.intersects(used)) continue;
            ++free;
            bool is_kept = core.threads.contains(topology.online.members().front());
            for (const auto& vm : vms)
                is_kept = is_kept || core.threads.intersects(vm.helpers);
            if (is_kept) continue;
            const unsigned region = rules.scope == PlaceScope::cache  ? core.cache
                                    : rules.scope == PlaceScope::node ? core.node
                                                                      : 0;
            ++room[{region, core.kind}]; // each vCPU on a core of its own would do
        }
        for (const auto& [place, cores] : room)
            if (domain.vcpus <= cores && domain.vcpus + rules.housekeeping_cores <= free) return true;
        return false;
    }
};

Domain some_domain() {
    Domain domain;
    domain.arch = "x86_64";
    domain.vcpus = domain.current_vcpus = 1 + below(below(2) == 0 ? 4 : 12);
    if (below(2) == 0) domain.vcpus += domain.vcpus % 2;
    domain.iothreads = below(3);
    return domain;
}
} // namespace

TEST_CASE("no CPU belongs to two VMs, the host keeps its cores, no core is split, whatever comes and goes") {
    REQUIRE(rc::check("placed", [] {
        Placed host(some_topology(), {.scope = static_cast<PlaceScope>(below(3)),
                                      .housekeeping_cores = 1 + below(3),
                                      .own_helpers = below(2) == 0});
        unsigned count = 0;
        for (unsigned step = 0; step < 12; ++step) {
            if (!host.vms.empty() && below(4) == 0) {
                host.vms.erase(host.vms.begin() + below(static_cast<unsigned>(host.vms.size())));
                continue;
            }
            const auto domain = some_domain();
            const auto place = host.place(domain);
            if (place.is_found()) {
                ++count;
                host.check(domain, place);
                host.add(place);
            } else {
                RC_ASSERT(!place.problem.empty());
                RC_ASSERT(!host.has_room(domain));
            }
        }
        RC_TAG(count == 0 ? "none placed" : "some placed");
    }));
}

TEST_CASE("with helpers of its own a VM shares their CPUs with no other, while there is room") {
    Placed host(captured_host("ryzen-9-5950x"), {.own_helpers = true});
    Domain domain;
    domain.arch = "x86_64";
    domain.vcpus = domain.current_vcpus = 4;
    domain.iothreads = 1;
    CpuSet helpers;
    for (unsigned count = 0; count < 4; ++count) {
        const auto place = host.place(domain);
        REQUIRE(place.is_found());
        CHECK_FALSE(place.emulator.contains(0));
        CHECK_FALSE(helpers.intersects(place.emulator));
        CHECK(place.iothreads == place.emulator);
        helpers |= place.emulator;
        host.add(place);
    }
}

TEST_CASE("a VM that does not run loses its CPUs only if there are no others") {
    Placed host(captured_host("core-i7-6700"));
    host.vms = {{.name = "off", .pinned = CpuSet{1, 5}, .running = false}};
    Domain domain;
    domain.arch = "x86_64";
    domain.vcpus = domain.current_vcpus = 2;
    const auto beside = host.place(domain);
    REQUIRE(beside.is_found());
    CHECK_FALSE(beside.vcpu_cpus().intersects({1, 5}));
    CHECK(beside.warnings.empty());
    domain.vcpus = domain.current_vcpus = 6;
    const auto instead = host.place(domain);
    REQUIRE(instead.is_found());
    REQUIRE_FALSE(instead.warnings.empty());
    CHECK(instead.warnings.back() ==
          "the VM gets CPUs that VMs which are not running are pinned to, because too few others are free");
    domain.vcpus = domain.current_vcpus = 8;
    const auto refused = host.place(domain);
    CHECK_FALSE(refused.is_found());
    CHECK(refused.hint == "whole cores that no VM has: node 0: CPU 0,2-4,6-7; the host keeps 1 core");
}
