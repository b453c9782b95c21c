// For all hosts and VMs: a choice is good, and a refused request has no possible choice. RC_PARAMS="seed=..."
// tries others.
#include "placement/pinning.hpp"

#include "placement/properties.hpp"
#include "support/captured_hosts.hpp"

#include <numeric>
#include <set>

using namespace hostlease;
using namespace hostlease::test;

namespace {
using Cores = std::vector<const TopologyCore*>;

struct World {
    HostTopology topology;
    PinningRequest request;

    [[nodiscard]] auto choose() const { return choose_pinning(topology, request); }

    /// Cores that no other VM has.
    [[nodiscard]] Cores free() const {
        Cores list;
        for (const auto& core : topology.cores)
            if (!core.threads.intersects(request.taken)) list.push_back(&core);
        return list;
    }

    /// The cores of this kind that are available to a guest with this number of threads per core.
    [[nodiscard]] Cores usable(unsigned kind, unsigned threads) const {
        Cores list;
        for (const auto* core : free())
            if (core->kind == kind && core->threads.count() >= threads &&
                !core->threads.intersects(request.kept) &&
                !core->threads.contains(topology.online.members().front()))
                list.push_back(core);
        return list;
    }

    [[nodiscard]] bool has_room(unsigned kind, unsigned threads) const {
        const auto& cells = request.cell_vcpus;
        const auto is_odd = [&](unsigned vcpus) { return vcpus % threads != 0; };
        if (is_odd(request.vcpus) || std::any_of(cells.begin(), cells.end(), is_odd)) return false;
        const auto need = request.vcpus / threads;
        return need <= usable(kind, threads).size() &&
               need + std::max(request.housekeeping_cores, 1U) <= free().size();
    }

    [[nodiscard]] const TopologyCore& core_of(unsigned cpu) const {
        const auto found = std::find_if(topology.cores.begin(), topology.cores.end(),
                                        [&](const auto& core) { return core.threads.contains(cpu); });
        RC_ASSERT(found != topology.cores.end());
        return *found;
    }

    /// The guest's cores, in the order of its vCPUs.
    [[nodiscard]] Cores cores_of(const Pinning& pinning) const {
        Cores list;
        for (std::size_t vcpu = 0; vcpu < pinning.vcpus.size(); vcpu += pinning.threads)
            list.push_back(&core_of(pinning.vcpus[vcpu]));
        return list;
    }
};

/// A random machine: any number of packages, nodes, caches and threads, numbered in one of the usual
/// ways.
HostTopology make_topology() {
    HostTopology topology;
    const auto threads = 1 + below(2);
    const bool is_hybrid = one_in(3);
    unsigned node = 0;
    unsigned cache = 0;
    for (unsigned package = 0, packages = 1 + below(2); package < packages; ++package)
        for (unsigned nodes = 1 + below(2); nodes > 0; --nodes, ++node)
            for (unsigned caches = 1 + below(3); caches > 0; --caches, ++cache)
                for (unsigned cores = 1 + below(4); cores > 0; --cores)
                    topology.cores.push_back({{}, package, node, cache, is_hybrid && one_in(3) ? 1U : 0U});
    const auto count = static_cast<unsigned>(topology.cores.size());
    const bool is_adjacent = one_in(2);
    for (unsigned number = 0; number < count; ++number)
        for (unsigned thread = 0; thread < (topology.cores[number].kind == 0 ? threads : 1U); ++thread) {
            const auto cpu = is_adjacent ? number * threads + thread : thread * count + number;
            if (number + thread != 0 && one_in(12)) continue; // offline
            topology.cores[number].threads.add(cpu);
            topology.online.add(cpu);
        }
    std::erase_if(topology.cores, [](const auto& core) { return core.threads.empty(); });
    std::sort(topology.cores.begin(), topology.cores.end(), [](const auto& left, const auto& right) {
        return left.threads.members() < right.threads.members();
    });
    return topology;
}

void make_cells(PinningRequest& request) {
    unsigned left = request.vcpus;
    const bool is_even = one_in(2);
    for (unsigned count = 2 + below(3); count > 0 && left > 0; --count) {
        const auto share = count == 1 ? left : is_even ? std::max(1U, left / count) : 1 + below(left);
        request.cell_vcpus.push_back(share);
        left -= share;
    }
    if (left > 0) request.cell_vcpus.push_back(left);
}

World make_world() {
    static const auto names = captured_hosts();
    static const auto captured = [] {
        std::vector<HostTopology> list;
        for (const auto& name : names)
            list.push_back(captured_host(name));
        return list;
    }();
    World world;
    world.topology = one_in(2) ? make_topology() : captured[below(static_cast<unsigned>(captured.size()))];
    auto& request = world.request;
    for (const auto& core : world.topology.cores) {
        const bool is_taken = one_in(8);
        const bool is_kept = one_in(16);
        for (const unsigned cpu : core.threads.members()) {
            if (is_taken && !one_in(4)) request.taken.add(cpu);
            if (is_kept) request.kept.add(cpu);
        }
    }
    if (one_in(3)) request.taken = {};
    if (one_in(2)) request.kept = {};
    const auto all = world.topology.online.count();
    request.vcpus = 1 + below(one_in(2) ? all : std::min(all, 12U));
    if (one_in(2)) request.vcpus += request.vcpus % 2;
    request.iothreads = one_in(2) ? 0 : 1 + below(6);
    request.housekeeping_cores = below(5);
    if (one_in(3)) make_cells(request);
    return world;
}

/// The fewest groups of these cores that together have `need` of them; 0 if all groups have too few.
template <typename Group>
unsigned fewest(const Cores& cores, std::size_t need, Group group_of) {
    std::map<unsigned, std::size_t> sizes;
    for (const auto* core : cores)
        ++sizes[group_of(*core)];
    std::vector<std::size_t> sorted;
    for (const auto& [group, size] : sizes)
        sorted.push_back(size);
    std::sort(sorted.rbegin(), sorted.rend());
    std::size_t sum = 0;
    for (unsigned count = 0; count < sorted.size(); ++count)
        if ((sum += sorted[count]) >= need) return count + 1;
    return 0;
}

template <typename Group>
std::map<unsigned, std::size_t> sizes_by(const Cores& cores, Group group_of) {
    std::map<unsigned, std::size_t> sizes;
    for (const auto* core : cores)
        ++sizes[group_of(*core)];
    return sizes;
}

constexpr auto node_of = [](const TopologyCore& core) { return core.node; };
constexpr auto cache_of = [](const TopologyCore& core) { return core.cache; };

/// Whether parts differ by at most one, or too few groups have room for equal ones.
template <typename Group>
bool is_balanced(const Cores& cores, const Cores& usable, Group group_of) {
    const auto parts = sizes_by(cores, group_of);
    std::size_t least = cores.size();
    std::size_t most = 0;
    for (const auto& [group, size] : parts) {
        least = std::min(least, size);
        most = std::max(most, size);
    }
    if (most - least <= 1) return true;
    const auto equal = (cores.size() + parts.size() - 1) / parts.size();
    const auto room = sizes_by(usable, group_of);
    const auto roomy =
        std::count_if(room.begin(), room.end(), [&](const auto& one) { return one.second >= equal; });
    return roomy < static_cast<std::ptrdiff_t>(parts.size());
}

/// Whether each cell can have a node of its own, by trying all.
bool can_have_own_nodes(const std::vector<unsigned>& cells, std::size_t cell,
                        std::map<unsigned, std::size_t>& room) {
    if (cell == cells.size()) return true;
    for (auto& [node, size] : room) {
        if (size < cells[cell]) continue;
        const auto before = std::exchange(size, 0);
        const bool fits = can_have_own_nodes(cells, cell + 1, room);
        size = before;
        if (fits) return true;
    }
    return false;
}

/// Runs the property on many random worlds.
template <typename Property>
void holds_in_any_world(const char* name, Property property) {
    holds_always(name, [&] { property(make_world()); });
}

/// The same for worlds in which a pinning is found.
template <typename Property>
void holds_for_any_pinning(const char* name, Property property) {
    holds_in_any_world(name, [&](const World& world) {
        if (const auto found = world.choose()) property(world, *found);
    });
}
} // namespace

TEST_CASE("each vCPU has a CPU of its own, which is online and not used by other VMs") {
    holds_for_any_pinning("own CPUs", [](const World& world, const Pinning& pinning) {
        const CpuSet cpus(pinning.vcpus.begin(), pinning.vcpus.end());
        RC_ASSERT(pinning.vcpus.size() == world.request.vcpus);
        RC_ASSERT(cpus.count() == world.request.vcpus);
        RC_ASSERT(cpus.is_subset_of(world.topology.online));
        RC_ASSERT(!cpus.intersects(world.request.taken));
        RC_ASSERT(!cpus.intersects(world.request.kept));
    });
}

TEST_CASE("no core is split between the guest and others") {
    holds_for_any_pinning("whole cores", [](const World& world, const Pinning& pinning) {
        CpuSet whole;
        for (const auto* core : world.cores_of(pinning))
            whole |= core->threads;
        const CpuSet cpus(pinning.vcpus.begin(), pinning.vcpus.end());
        RC_ASSERT(pinning.idle == whole - cpus);
        RC_ASSERT(!whole.intersects(world.request.taken | world.request.kept));
        RC_ASSERT(!whole.intersects(pinning.emulator | pinning.iothreads));
        RC_ASSERT(pinning.idle.empty() || pinning.threads == 1);
    });
}

TEST_CASE("vCPUs that the guest sees as threads of a core are threads of one core") {
    holds_for_any_pinning("threads", [](const World& world, const Pinning& pinning) {
        RC_ASSERT(pinning.sockets * pinning.dies * pinning.cores * pinning.threads == world.request.vcpus);
        std::set<const TopologyCore*> seen;
        for (std::size_t vcpu = 0; vcpu < pinning.vcpus.size(); vcpu += pinning.threads) {
            const auto& core = world.core_of(pinning.vcpus[vcpu]);
            RC_ASSERT(seen.insert(&core).second);
            for (unsigned thread = 0; thread < pinning.threads; ++thread)
                RC_ASSERT(pinning.vcpus[vcpu + thread] == core.threads.members()[thread]);
        }
    });
}

TEST_CASE("cores are of one kind, the fastest with enough cores, with all their threads if possible") {
    holds_for_any_pinning("kind", [](const World& world, const Pinning& pinning) {
        const auto cores = world.cores_of(pinning);
        const auto kind = cores.front()->kind;
        RC_ASSERT(
            std::all_of(cores.begin(), cores.end(), [&](const auto* core) { return core->kind == kind; }));
        for (unsigned faster = 0; faster < kind; ++faster) {
            const auto threads = world.topology.threads_per_core(faster);
            RC_ASSERT(threads == 0 || (!world.has_room(faster, threads) && !world.has_room(faster, 1)));
        }
        if (pinning.threads == 1)
            RC_ASSERT(!world.has_room(kind, 2) || world.topology.threads_per_core(kind) < 2);
    });
}

TEST_CASE("the host keeps its first core and enough others") {
    holds_for_any_pinning("housekeeping", [](const World& world, const Pinning& pinning) {
        const auto cores = world.cores_of(pinning);
        const auto first = world.topology.online.members().front();
        RC_ASSERT(std::none_of(cores.begin(), cores.end(),
                               [&](const auto* core) { return core->threads.contains(first); }));
        RC_ASSERT(world.free().size() >= cores.size() + std::max(world.request.housekeeping_cores, 1U));
    });
}

TEST_CASE("QEMU's own threads are on cores of the host, near the guest if one is left there") {
    holds_for_any_pinning("helpers", [](const World& world, const Pinning& pinning) {
        const auto cores = world.cores_of(pinning);
        bool has_near = false;
        CpuSet of_host;
        CpuSet near;
        for (const auto* core : world.free()) {
            if (std::find(cores.begin(), cores.end(), core) != cores.end()) continue;
            of_host |= core->threads;
            if (pinning.nodes.contains(core->node)) near |= core->threads;
        }
        has_near = !near.empty();
        RC_ASSERT(!pinning.emulator.empty());
        RC_ASSERT(pinning.iothreads.empty() == (world.request.iothreads == 0));
        RC_ASSERT((pinning.emulator | pinning.iothreads).is_subset_of(of_host));
        const auto& nearest = pinning.iothreads.empty() ? pinning.emulator : pinning.iothreads;
        if (has_near) RC_ASSERT(nearest.intersects(near));
        if (has_near && pinning.iothreads.empty()) RC_ASSERT(pinning.emulator.is_subset_of(near));
    });
}

TEST_CASE("no more nodes and caches than necessary, in equal parts") {
    holds_for_any_pinning("spread", [](const World& world, const Pinning& pinning) {
        if (world.request.cell_vcpus.size() > 1) return;
        const auto cores = world.cores_of(pinning);
        const auto usable = world.usable(cores.front()->kind, pinning.threads);
        const auto nodes = sizes_by(cores, node_of);
        RC_ASSERT(nodes.size() == pinning.nodes.count());
        RC_ASSERT(nodes.size() == fewest(usable, cores.size(), node_of));
        RC_ASSERT(is_balanced(cores, usable, node_of));
        unsigned least = 0; // smallest number of caches in a node with room for all
        for (const auto& [node, count] : sizes_by(usable, node_of)) {
            Cores there;
            Cores chosen;
            std::copy_if(usable.begin(), usable.end(), std::back_inserter(there),
                         [&](const auto* core) { return core->node == node; });
            std::copy_if(cores.begin(), cores.end(), std::back_inserter(chosen),
                         [&](const auto* core) { return core->node == node; });
            const auto needed = fewest(there, cores.size(), cache_of);
            if (needed > 0) least = least == 0 ? needed : std::min(least, needed);
            if (chosen.empty()) continue;
            RC_ASSERT(sizes_by(chosen, cache_of).size() == fewest(there, chosen.size(), cache_of));
            RC_ASSERT(is_balanced(chosen, there, cache_of));
        }
        if (nodes.size() == 1) RC_ASSERT(sizes_by(cores, cache_of).size() == least);
    });
}

TEST_CASE("several nodes belong to one package if possible") {
    holds_for_any_pinning("packages", [](const World& world, const Pinning& pinning) {
        if (world.request.cell_vcpus.size() > 1 || pinning.nodes.count() < 2) return;
        const auto cores = world.cores_of(pinning);
        const auto part = (cores.size() + pinning.nodes.count() - 1) / pinning.nodes.count();
        std::map<unsigned, unsigned> roomy; // number of nodes in each package with room for an equal part
        std::map<unsigned, unsigned> package_of;
        const auto usable = world.usable(cores.front()->kind, pinning.threads);
        for (const auto* core : usable)
            package_of[core->node] = core->package;
        for (const auto& [node, count] : sizes_by(usable, node_of))
            if (count >= part) ++roomy[package_of[node]];
        const bool can_be = std::any_of(roomy.begin(), roomy.end(),
                                        [&](const auto& one) { return one.second >= pinning.nodes.count(); });
        if (can_be)
            RC_ASSERT(sizes_by(cores, [](const TopologyCore& core) { return core.package; }).size() == 1U);
    });
}

TEST_CASE("each guest NUMA cell has a node of its own if possible") {
    holds_for_any_pinning("cells", [](const World& world, const Pinning& pinning) {
        RC_ASSERT(pinning.cell_nodes.size() == world.request.cell_vcpus.size());
        const auto cores = world.cores_of(pinning);
        std::vector<unsigned> needs;
        std::size_t at = 0;
        for (std::size_t cell = 0; cell < pinning.cell_nodes.size(); ++cell) {
            needs.push_back(world.request.cell_vcpus[cell] / pinning.threads);
            NodeSet nodes;
            for (unsigned core = 0; core < needs.back(); ++core)
                nodes.add(cores[at++]->node);
            RC_ASSERT(nodes == pinning.cell_nodes[cell]);
        }
        auto room = sizes_by(world.usable(cores.front()->kind, pinning.threads), node_of);
        if (needs.empty() || !can_have_own_nodes(needs, 0, room)) return;
        NodeSet all;
        for (const auto& nodes : pinning.cell_nodes) {
            RC_ASSERT(nodes.count() == 1U);
            RC_ASSERT(!nodes.intersects(all));
            all |= nodes;
        }
    });
}

TEST_CASE("a refused VM has no room, and the largest VM in the message has") {
    holds_in_any_world("refusals", [](World world) {
        const auto found = world.choose();
        bool has_room = false;
        for (unsigned kind = 0; kind < world.topology.kinds(); ++kind)
            for (const unsigned threads : {1U, 2U})
                has_room = has_room || (threads <= world.topology.threads_per_core(kind) &&
                                        world.has_room(kind, threads));
        RC_ASSERT(found.has_value() == has_room);
        RC_TAG(has_room ? "chosen" : "refused");
        const auto most = most_vcpus(world.topology, world.request);
        if (!found) {
            const auto said =
                most == 0 ? "no VM fits" : "the largest VM that fits has " + std::to_string(most) + " vCPU";
            RC_ASSERT(found.error().find(said) != std::string::npos);
        }
        world.request.cell_vcpus.clear();
        for (world.request.vcpus = most + 1; world.request.vcpus < most + 4; ++world.request.vcpus)
            RC_ASSERT(!world.choose().has_value());
        world.request.vcpus = most;
        RC_ASSERT(world.choose().has_value() == (most > 0));
    });
}

TEST_CASE("the same request always gets the same choice") {
    holds_in_any_world("deterministic", [](const World& world) {
        const bool is_same = world.choose() == world.choose();
        RC_ASSERT(is_same);
    });
}
