// Tries each choice of cores on small hosts: the place of a VM is among the best choices, and a refused VM
// has no possible choice. RC_PARAMS="seed=..." tries others.
#include "placement/placed_host.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

using namespace hostlease;
using namespace hostlease::test;

namespace {
constexpr unsigned most_cores = 8;
constexpr std::uint64_t cache_sizes[] = {16U << 20U, 32U << 20U, 96U << 20U};

using Cores = std::vector<const TopologyCore*>;

/// Up to eight cores in random shapes.
HostTopology small_topology() {
    HostTopology topology;
    const auto threads = 1 + below(2);
    const bool is_hybrid = one_in(4);
    const bool has_sizes = one_in(2);
    const auto nodes = 1 + below(2);
    unsigned cpu = 0;
    unsigned cache = 0;
    std::vector<std::uint64_t> sizes; // by cache
    for (unsigned node = 0; node < nodes; ++node) {
        if (node > 0 && one_in(4)) --cache; // two nodes share this cache
        for (unsigned caches = 1 + below(4 / nodes); caches > 0; --caches, ++cache) {
            sizes.resize(cache + 1, has_sizes ? cache_sizes[below(3)] : 0);
            for (unsigned cores = 1 + below(most_cores); cores > 0; --cores) {
                if (topology.cores.size() == most_cores) return topology;
                TopologyCore core{.package = node, .node = node, .cache = cache, .cache_size = sizes[cache]};
                core.kind = is_hybrid && !topology.cores.empty() && one_in(3) ? 1 : 0;
                for (unsigned thread = 0; thread < (core.kind == 0 ? threads : 1); ++thread, ++cpu)
                    if (thread == 0 || !one_in(12)) core.threads.add(cpu);
                topology.online |= core.threads;
                topology.cores.push_back(core);
            }
        }
    }
    return topology;
}

CpuSet some_cpus(const HostTopology& topology, unsigned rarity) {
    CpuSet cpus;
    for (const auto& core : topology.cores)
        if (one_in(rarity)) cpus |= one_in(4) ? CpuSet{core.threads.members().front()} : core.threads;
    return cpus;
}

PlacedHost small_host() {
    PlacedHost host(small_topology(), {.scope = static_cast<PlaceScope>(below(3)),
                                       .housekeeping_cores = 1 + below(3),
                                       .own_helpers = one_in(2)});
    host.rules.spread = host.rules.scope == PlaceScope::host && one_in(2);
    if (one_in(3)) host.prefer = CorePreference::efficiency;
    for (unsigned count = below(3); count > 0; --count) {
        OtherDomain vm{.name = "vm", .running = !one_in(3)};
        vm.pinned = some_cpus(host.topology, 6);
        vm.helpers = some_cpus(host.topology, 10) - vm.pinned;
        if (vm.running && one_in(3)) vm.exclusive = vm.helpers;
        host.vms.push_back(vm);
    }
    if (one_in(6)) host.facts.cgroups.lost = some_cpus(host.topology, 8);
    if (one_in(4) && host.topology.kinds() == 1)
        host.facts.isolated_at_boot = some_cpus(host.topology, 2) - host.topology.cores.front().threads;
    return host;
}

Domain small_domain() {
    auto domain = domain_with(1 + below(one_in(2) ? 4 : 12));
    if (one_in(2)) domain.vcpus += domain.vcpus % 2;
    domain.iothreads = below(3);
    if (one_in(4)) domain.topology = Topology{.cores = domain.vcpus};
    if (one_in(6)) domain.numa_memory = NumaMemory{.nodes = NodeSet{below(2)}};
    return domain;
}

std::string text_of(const Domain& domain, const Placement& place) {
    return std::to_string(domain.vcpus) + " vCPUs, " + std::to_string(domain.iothreads) + " I/O threads" +
           (domain.topology ? ", a topology without threads" : "") +
           (domain.numa_memory ? ", memory on node " + to_list(domain.numa_memory->nodes) : "") +
           (place.is_found() ? ": CPU " + to_list(place.vcpu_cpus()) + ", idle " + to_list(place.idle) +
                                   ", emulator " + to_list(place.emulator)
                             : ": " + place.problem) +
           "\n";
}

/// The drawbacks of a choice of cores, the most serious first.
using Drawbacks = std::tuple<unsigned, unsigned, std::size_t, unsigned, std::size_t, std::size_t, unsigned>;

/// Tries each choice of cores.
class ExhaustiveSearch {
  public:
    /// With `leaves_off`, stopped VMs keep the CPUs that they are pinned to; with `leaves_helpers`, QEMU's
    /// own threads of other VMs keep theirs.
    ExhaustiveSearch(const PlacedHost& host, const Domain& domain, bool leaves_off, bool leaves_helpers)
        : host_(host), domain_(domain), cores_(host.topology.cores) {
        for (const auto& vm : host.vms) {
            if (!vm.running && !leaves_off) continue;
            taken_ |= vm.pinned;
            kept_ |= leaves_helpers ? vm.helpers : vm.exclusive;
        }
        if (!domain.numa_memory) return;
        CpuSet near;
        for (const auto& core : cores_)
            if (domain.numa_memory->nodes.contains(core.node)) near |= core.threads;
        if (!near.empty()) kept_ |= host.topology.online - near;
    }

    [[nodiscard]] std::optional<Drawbacks> best() const {
        std::optional<Drawbacks> best;
        for (unsigned choice = 1; choice < 1U << cores_.size(); ++choice) {
            Cores cores;
            for (std::size_t index = 0; index < cores_.size(); ++index)
                if ((choice >> index & 1U) != 0) cores.push_back(&cores_[index]);
            if (!is_allowed(cores)) continue;
            if (const auto against = drawbacks_of(cores); !best || against < *best) best = against;
        }
        return best;
    }

    [[nodiscard]] Drawbacks drawbacks_of(const Placement& place) const {
        Cores cores;
        for (const auto& core : cores_)
            if (core.threads.intersects(place.vcpu_cpus())) cores.push_back(&core);
        return drawbacks_of(cores);
    }

  private:
    [[nodiscard]] unsigned threads_of(const Cores& cores) const {
        return domain_.vcpus / static_cast<unsigned>(cores.size());
    }

    [[nodiscard]] bool is_allowed(const Cores& cores) const {
        const auto per_core = host_.topology.threads_per_core(cores.front()->kind);
        const auto threads = threads_of(cores);
        if (domain_.vcpus != cores.size() * threads || (threads != 1 && threads != per_core)) return false;
        if (domain_.topology && threads != 1) return false;
        CpuSet used = taken_;
        for (const auto* core : cores) {
            if (core->kind != cores.front()->kind || core->threads.count() < threads) return false;
            if (host_.is_first(*core) || core->threads.intersects(taken_ | kept_ | lost())) return false;
            used |= core->threads;
        }
        return is_in_scope(cores) && leaves_enough(used);
    }

    [[nodiscard]] CpuSet lost() const { return host_.facts.cgroups.lost; }

    [[nodiscard]] bool is_in_scope(const Cores& cores) const {
        return host_.rules.scope == PlaceScope::cache  ? count(cores, &TopologyCore::cache) == 1
               : host_.rules.scope == PlaceScope::node ? count(cores, &TopologyCore::node) == 1
                                                       : true;
    }

    /// Cores for the host's own work, and one for QEMU's other threads.
    [[nodiscard]] bool leaves_enough(const CpuSet& used) const {
        const auto without = [&](const CpuSet& gone) {
            return std::count_if(cores_.begin(), cores_.end(),
                                 [&](const auto& core) { return !core.threads.intersects(gone); });
        };
        return without(used | lost() | host_.facts.isolated_at_boot) >=
                   std::ptrdiff_t{host_.rules.housekeeping_cores} &&
               without(used | lost()) > 0;
    }

    [[nodiscard]] static std::size_t count(const Cores& cores, unsigned TopologyCore::* part) {
        std::set<unsigned> parts;
        for (const auto* core : cores)
            parts.insert(core->*part);
        return parts.size();
    }

    /// The other free cores, first of the same node, then of the same cache.
    [[nodiscard]] std::size_t free_beside(const Cores& cores) const {
        const auto& like = *cores.front();
        std::size_t of_node = 0;
        std::size_t of_cache = 0;
        for (const auto& core : cores_) {
            if (core.node != like.node || core.kind != like.kind ||
                core.threads.count() < threads_of(cores) || host_.is_first(core) ||
                core.threads.intersects(taken_ | kept_ | lost()))
                continue;
            ++of_node;
            of_cache += core.cache == like.cache ? 1 : 0;
        }
        return of_node * (most_cores + 1) + of_cache;
    }

    /// Parts of nodes count as equal if they differ by at most one.
    [[nodiscard]] static unsigned unevenness(const Cores& cores) {
        std::map<unsigned, unsigned> nodes;
        for (const auto* core : cores)
            ++nodes[core->node];
        const auto [least, most] =
            std::minmax_element(nodes.begin(), nodes.end(),
                                [](const auto& one, const auto& other) { return one.second < other.second; });
        const auto difference = most->second - least->second;
        return difference > 1 ? difference : 0;
    }

    /// The number of distinct cache sizes above that of the worst core.
    [[nodiscard]] unsigned smaller_caches(const Cores& cores) const {
        std::set<std::uint64_t> sizes;
        for (const auto& core : cores_)
            if (core.kind == cores.front()->kind) sizes.insert(core.cache_size);
        const auto* worst = *std::min_element(cores.begin(), cores.end(), [](auto* one, auto* other) {
            return one->cache_size < other->cache_size;
        });
        return static_cast<unsigned>(std::distance(sizes.upper_bound(worst->cache_size), sizes.end()));
    }

    [[nodiscard]] Drawbacks drawbacks_of(const Cores& cores) const {
        std::set<std::pair<unsigned, unsigned>> caches; // (node, cache)
        for (const auto* core : cores)
            caches.emplace(core->node, core->cache);
        const bool is_on_one = caches.size() == 1;
        const bool wants_slow = host_.prefer == CorePreference::efficiency;
        return {wants_slow ? ~cores.front()->kind : cores.front()->kind,
                ~threads_of(cores),
                count(cores, &TopologyCore::node),
                unevenness(cores),
                caches.size(),
                is_on_one && host_.rules.spread ? ~free_beside(cores) : 0,
                is_on_one ? smaller_caches(cores) : 0};
    }

    const PlacedHost& host_;
    const Domain& domain_;
    const std::vector<TopologyCore>& cores_;
    CpuSet taken_;
    CpuSet kept_;
};
} // namespace

TEST_CASE("a VM is refused only if no choice of cores is allowed, and placed as well as any of them") {
    holds_always("best", [] {
        const auto host = small_host();
        const auto domain = small_domain();
        const auto place = host.place(domain);
        RC_LOG() << host.text() << text_of(domain, place);
        std::optional<ExhaustiveSearch> search;
        std::optional<Drawbacks> best;
        bool leaves_helpers = false;
        for (const auto& [off, helpers] :
             {std::pair(true, true), {false, true}, {true, false}, {false, false}}) {
            if (best) break;
            search.emplace(host, domain, off, leaves_helpers = helpers);
            best = search->best();
        }
        RC_TAG(!best ? "refused" : leaves_helpers ? "placed" : "placed beside QEMU's threads of other VMs");
        RC_ASSERT(place.is_found() == best.has_value());
        if (!best) return RC_ASSERT(!place.problem.empty());
        host.check(domain, place);
        RC_ASSERT(PlacedHost::shares_helpers(place) != leaves_helpers);
        if (host.facts.isolated_at_boot.empty()) RC_ASSERT(search->drawbacks_of(place) == *best);
    });
}

TEST_CASE("QEMU's own threads get a core that is neither CPU 0's nor another VM's, while there is room") {
    holds_always("helpers", [] {
        auto host = small_host();
        host.rules.own_helpers = true;
        host.facts.isolated_at_boot = {};
        for (auto& vm : host.vms)
            vm.running = true;
        const auto domain = small_domain();
        const auto place = host.place(domain);
        RC_LOG() << host.text() << text_of(domain, place);
        if (!place.is_found()) return;
        CpuSet others = place.vcpu_cpus() | place.idle | host.facts.cgroups.lost;
        for (const auto& vm : host.vms)
            others |= vm.pinned | vm.helpers;
        unsigned left = 0;
        bool has_core = false;
        for (const auto& core : host.topology.cores) {
            if (core.threads.intersects(others)) continue;
            ++left;
            has_core = has_core || !host.is_first(core);
        }
        if (!has_core || left < host.rules.housekeeping_cores + 1) return;
        RC_ASSERT(!(place.emulator | place.iothreads).intersects(others));
        RC_ASSERT(!place.emulator.contains(host.topology.online.members().front()));
    });
}
