// For all sequences of starting and stopping VMs: no CPU belongs to two VMs, the host keeps its cores, no
// core is split. RC_PARAMS="seed=..." tries others.
#include "core/units.hpp"
#include "placement/placed_host.hpp"
#include "support/captured_hosts.hpp"

using namespace hostlease;
using namespace hostlease::test;

namespace {
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

/// Whether this cache, node or host still has enough whole cores for a VM besides the host's own.
bool has_room(const PlacedHost& host, const Domain& domain) {
    CpuSet used;
    for (const auto& vm : host.vms)
        used |= vm.pinned;
    std::size_t free = 0;
    std::map<std::pair<unsigned, unsigned>, unsigned> room; // by region and kind
    for (const auto& core : host.topology.cores) {
        if (core.threads.intersects(used)) continue;
        ++free;
        bool is_kept = host.is_first(core);
        for (const auto& vm : host.vms)
            is_kept = is_kept || core.threads.intersects(vm.helpers);
        if (is_kept) continue;
        const unsigned region = host.rules.scope == PlaceScope::cache  ? core.cache
                                : host.rules.scope == PlaceScope::node ? core.node
                                                                       : 0;
        ++room[{region, core.kind}]; // a core for each vCPU suffices
    }
    return std::any_of(room.begin(), room.end(), [&](const auto& one) {
        return domain.vcpus <= one.second && domain.vcpus + host.rules.housekeeping_cores <= free;
    });
}

Domain some_domain() {
    auto domain = domain_with(1 + below(one_in(2) ? 4 : 12));
    if (one_in(2)) domain.vcpus += domain.vcpus % 2;
    domain.iothreads = below(3);
    return domain;
}
} // namespace

TEST_CASE(
    "no CPU belongs to two VMs, the host keeps its cores, no core is split, whichever VMs start and stop") {
    holds_always("placed", [] {
        PlacedHost host(some_topology(), {.scope = static_cast<PlaceScope>(below(3)),
                                          .housekeeping_cores = 1 + below(3),
                                          .own_helpers = below(2) == 0});
        unsigned count = 0;
        for (unsigned step = 0; step < 12; ++step) {
            if (!host.vms.empty() && one_in(4)) {
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
                RC_ASSERT(!has_room(host, domain));
            }
        }
        RC_TAG(count == 0 ? "none placed" : "some placed");
    });
}

TEST_CASE("with helpers of its own a VM shares their CPUs with no other, while there is room") {
    PlacedHost host(captured_host("ryzen-9-5950x"), {.own_helpers = true});
    auto domain = domain_with(4);
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

TEST_CASE("a stopped VM loses its CPUs only if there are no others") {
    PlacedHost host(captured_host("core-i7-6700"));
    host.vms = {{.name = "off", .pinned = CpuSet{1, 5}, .running = false}};
    const auto beside = host.place(domain_with(2));
    REQUIRE(beside.is_found());
    CHECK_FALSE(beside.vcpu_cpus().intersects({1, 5}));
    CHECK(beside.warnings.empty());
    const auto instead = host.place(domain_with(6));
    REQUIRE(instead.is_found());
    REQUIRE_FALSE(instead.warnings.empty());
    CHECK(instead.warnings.back() ==
          "the VM gets CPUs that VMs which are not running are pinned to, because too few others are free");
    const auto refused = host.place(domain_with(8));
    CHECK_FALSE(refused.is_found());
    CHECK(refused.hint == "whole cores that no VM has: node 0: CPU 0,2-4,6-7; the host keeps 1 core");
}

TEST_CASE("a stopped VM loses the CPUs of its emulator as well") {
    PlacedHost host(captured_host("core-i7-6700"));
    host.vms = {{.name = "off", .pinned = {}, .running = false, .helpers = CpuSet{1, 5}}};
    const auto beside = host.place(domain_with(4));
    REQUIRE(beside.is_found());
    CHECK_FALSE(beside.vcpu_cpus().intersects({1, 5}));
    CHECK(host.place(domain_with(6)).vcpu_cpus() == CpuSet{1, 2, 3, 5, 6, 7});
}

TEST_CASE("vCPUs use CPUs of QEMU's own threads of other VMs only if no others are left") {
    PlacedHost host(captured_host("core-i7-6700"));
    host.vms = {{.name = "vm", .pinned = {}, .running = true, .helpers = CpuSet{2, 3, 6, 7}}};
    const auto beside = host.place(domain_with(2));
    CHECK(beside.vcpu_cpus() == CpuSet{1, 5});
    CHECK(beside.warnings.empty());
    const auto shared = host.place(domain_with(4));
    CHECK(shared.vcpu_cpus() == CpuSet{1, 3, 5, 7});
    REQUIRE(shared.warnings.size() == 1);
    CHECK(shared.warnings.front() ==
          "the VM shares CPU 3,7 with QEMU's own threads of other VMs, because too few others are free");
    host.vms.front().exclusive = {2, 3, 6, 7};
    CHECK_FALSE(host.place(domain_with(4)).is_found());
}

TEST_CASE("vCPUs get the CPUs of stopped VMs before those of QEMU's own threads of running ones") {
    PlacedHost host(captured_host("core-i7-6700"));
    host.vms = {{.name = "off", .pinned = CpuSet{1, 5}, .running = false},
                {.name = "vm", .pinned = {}, .running = true, .helpers = CpuSet{3, 7}}};
    const auto instead = host.place(domain_with(4));
    CHECK(instead.vcpu_cpus() == CpuSet{1, 2, 5, 6});
    CHECK_FALSE(PlacedHost::shares_helpers(instead));
    const auto both = host.place(domain_with(6));
    CHECK(both.vcpu_cpus() == CpuSet{1, 2, 3, 5, 6, 7});
    CHECK(PlacedHost::shares_helpers(both));
}

TEST_CASE("guest cells that split guest cores are reported") {
    PlacedHost host(captured_host("xeon-e5-2680v2-dual"));
    auto domain = domain_with(6);
    domain.topology = Topology{.cores = 3, .threads = 2};
    const auto warnings_with = [&](const CpuSet& first, const CpuSet& second) {
        domain.cells = {{.id = 0, .vcpus = first, .memory = GiB}, {.id = 1, .vcpus = second, .memory = GiB}};
        return host.place(domain).warnings;
    };
    CHECK(warnings_with({0, 1, 2, 3}, {4, 5}).empty());
    CHECK(warnings_with({0, 1, 2}, {3, 4, 5}) ==
          std::vector<std::string>{"vCPU 2-3 are threads of guest cores that the guest's NUMA cells split: "
                                   "they run on different cores of the host; give each cell whole guest "
                                   "cores"});
}

TEST_CASE("CPUs that are isolated at boot are for VMs, and do not count as the host's") {
    PlacedHost host(captured_host("core-i7-6700"), {.housekeeping_cores = 2});
    host.facts.isolated_at_boot = {1, 2, 5, 6};
    CHECK(host.place(domain_with(4)).vcpu_cpus() == CpuSet{1, 2, 5, 6});
    CHECK_FALSE(host.place(domain_with(6)).is_found());
    host.rules.housekeeping_cores = 1;
    CHECK(host.place(domain_with(6)).is_found());
    host.vms = {{.name = "vm0", .pinned = CpuSet{1, 5}, .running = true}};
    CHECK(host.place(domain_with(4)).vcpu_cpus() == CpuSet{2, 3, 6, 7});
}

TEST_CASE("of two nodes with enough room, the one with the larger cache is chosen") {
    PlacedHost host(captured_host("xeon-e5-2680v2-dual"));
    for (auto& core : host.topology.cores)
        core.cache_size = (core.node == 0 ? 96U : 25U) << 20U;
    CHECK(host.place(domain_with(4)).nodes == NodeSet{0});
    for (auto& core : host.topology.cores)
        core.cache_size = 25U << 20U;
    CHECK(host.place(domain_with(4)).nodes == NodeSet{1});
}

TEST_CASE("VMs that are spread use the place with the most free cores, and others the one with the fewest "
          "left over") {
    for (const bool spread : {true, false}) {
        PlacedHost host(captured_host("epyc-7543-dual"), {.spread = spread});
        std::set<unsigned> caches;
        for (unsigned count = 0; count < 4; ++count) {
            const auto place = host.place(domain_with(4));
            REQUIRE(place.is_found());
            for (const auto& core : host.topology.cores)
                if (core.threads.intersects(place.vcpu_cpus())) caches.insert(core.cache);
            CHECK((place.why.find("where the most cores are free") != std::string::npos) == spread);
            host.add(place);
        }
        CHECK(caches.size() == (spread ? 4 : 3));
    }
}

TEST_CASE("a VM that is spread is on one node and below one cache if it fits there") {
    PlacedHost host(captured_host("ryzen-9-5950x"), {.spread = true});
    const auto place = host.place(domain_with(8));
    CHECK(place.why ==
          "node 0, below one last-level cache, where the most cores are free: 8 vCPUs on 4 whole cores");
}

TEST_CASE("efficient cores come first if the policy prefers them, and faster ones where they are too few") {
    PlacedHost host(captured_host("core-i9-12900k"));
    host.prefer = CorePreference::efficiency;
    auto domain = domain_with(4);
    for (const unsigned threads : {1U, 2U}) {
        domain.topology = Topology{.cores = 4 / threads, .threads = threads};
        const auto place = host.place(domain);
        CHECK(place.vcpu_cpus() == CpuSet{20, 21, 22, 23});
        CHECK(place.why == "node 0, below one last-level cache: 4 vCPUs on 4 whole efficient cores");
        CHECK(place.warnings.empty());
    }
    const auto fast = host.place(domain_with(10));
    REQUIRE(fast.warnings.size() == 1);
    CHECK(fast.warnings.front() == "the slowest cores have room for 8 vCPUs only, so faster cores are used");
    host.prefer = CorePreference::cache;
    CHECK(host.place(domain).vcpu_cpus() == CpuSet{12, 13, 14, 15});
}

namespace {
/// Eight vCPUs, the memory of which <memory> treats like this.
Domain domain_bound(NumaMode mode, const NodeSet& nodes) {
    auto domain = domain_with(8);
    domain.numa_memory = NumaMemory{mode, nodes};
    return domain;
}
} // namespace

TEST_CASE("vCPUs stay on the nodes of bound memory, and near memory that only prefers nodes") {
    PlacedHost host(captured_host("xeon-e5-2680v2-dual"));
    for (const auto mode :
         {NumaMode::strict, NumaMode::restrictive, NumaMode::preferred, NumaMode::interleave})
        for (const unsigned node : {0U, 1U})
            CHECK(host.place(domain_bound(mode, {node})).nodes == NodeSet{node});
    auto wide = domain_bound(NumaMode::preferred, {1});
    wide.vcpus = wide.current_vcpus = 24;
    CHECK(host.place(wide).is_found());
    wide.numa_memory->mode = NumaMode::strict;
    const auto refused = host.place(wide);
    CHECK_FALSE(refused.is_found());
    CHECK(refused.hint.find("node 0: none") == std::string::npos); // other VMs have none of its cores
}

TEST_CASE("vCPUs of guest cells stay on the nodes that all cells are bound to") {
    PlacedHost host(captured_host("xeon-e5-2680v2-dual"));
    auto domain = domain_with(8);
    for (const unsigned cell : {0U, 1U}) {
        domain.cells.push_back({.id = cell, .vcpus = CpuSet::range(cell * 4, cell * 4 + 3), .memory = GiB});
        domain.numa_cells.push_back({.cell = cell, .mode = NumaMode::strict, .nodes = {1}});
    }
    CHECK(host.place(domain).nodes == NodeSet{1});
    domain.numa_cells[0].nodes = {0};
    CHECK(host.place(domain).nodes == NodeSet{0, 1});
}

TEST_CASE("a refusal counts the cores that the guest's threads need") {
    PlacedHost host(captured_host("core-i7-6700"));
    auto domain = domain_with(6);
    domain.topology = Topology{.cores = 6, .threads = 1};
    const auto place = host.place(domain);
    CHECK_FALSE(place.is_found());
    CHECK(place.problem.find("each needs a whole core because the guest's cores have one thread") !=
          std::string::npos);
    CHECK(place.problem.find("the largest VM that fits has 3 vCPUs") != std::string::npos);
}

TEST_CASE("a warning names the CPUs that the emulator has in the end") {
    PlacedHost host(captured_host("xeon-e5-2680v2-dual"), {.scope = PlaceScope::node, .own_helpers = true});
    const auto place = host.place(domain_with(20));
    REQUIRE(place.is_found());
    for (const auto& warning : place.warnings)
        if (warning.find("which therefore runs on CPU ") != std::string::npos)
            CHECK(warning.find("on CPU " + to_list(place.emulator) + " of") != std::string::npos);
    CHECK_FALSE(place.warnings.empty());
}

TEST_CASE("free huge pages count only for VMs that use their size, and free gigantic ones decide for these") {
    PlacedHost host(captured_host("xeon-e5-2680v2-dual"));
    for (auto& node : host.facts.nodes) {
        node.memory = 64 * GiB;
        node.available = (node.id == 0 ? 20 : 2) * GiB;
    }
    host.facts.default_page_size = 2 * MiB;
    host.facts.pools.push_back({.id = {0, GiB}, .free = 0});
    host.facts.pools.push_back({.id = {1, GiB}, .free = 56});
    auto domain = domain_with(8);
    domain.memory = 8 * GiB;
    CHECK(host.place(domain).nodes == NodeSet{0});
    domain.backing.hugepages = true;
    CHECK(host.place(domain).nodes == NodeSet{0});
    domain.backing.pages.push_back({.size = GiB});
    CHECK(host.place(domain).nodes == NodeSet{1});
    for (auto& node : host.facts.nodes)
        node.available = 40 * GiB;
    std::swap(host.facts.pools[0].free, host.facts.pools[1].free);
    CHECK(host.place(domain).nodes == NodeSet{0});
}

TEST_CASE("a VM gets only CPUs of its slice") {
    PlacedHost host(captured_host("xeon-e5-2680v2-dual"));
    const CpuSet first = host.facts.nodes[0].cpus;
    const CpuSet second = host.facts.nodes[1].cpus;
    host.facts.cgroups.slices = {{"machine.slice", first}, {"fast.slice", second}};
    auto domain = domain_with(4);
    const auto cpus = [&](const std::string& partition) {
        domain.partition = partition;
        const auto place = host.place(domain);
        REQUIRE(place.is_found()); // an empty set would be in any slice
        return place.vcpu_cpus() | place.emulator;
    };
    CHECK(cpus("").is_subset_of(first));
    CHECK(cpus("/machine/night").is_subset_of(first));
    CHECK(cpus("/fast").is_subset_of(second));
    CHECK(cpus("/fast/night").is_subset_of(second));
    host.facts.cgroups.slices[0].cpus = second;
    CHECK(cpus("/machine").is_subset_of(second));
    host.facts.cgroups.slices.pop_back();
    host.vms.push_back({.name = "other", .pinned = second, .running = true});
    CHECK_FALSE(host.place(domain).is_found());
    CHECK(cpus("/fast").is_subset_of(first)); // nothing restricts it any more
}
