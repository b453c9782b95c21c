#include "placement/place_policy.hpp"

#include "model/node_memory.hpp"
#include "placement/core_pool.hpp"
#include "placement/housekeeping.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace hostlease {

namespace {
std::string count_of(std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

class PlaceSearch {
  public:
    PlaceSearch(const PlaceInput& input, const PlaceRules& rules)
        : input_(input), rules_(rules), topology_(input.topology), cells_(all_vcpus(input.domain)),
          base_(request_for(input, cells_)) {
        base_.threads = threads_of_guest();
        base_.spread = rules.spread;
        base_.housekeeping_cores = rules.housekeeping_cores + closed_to_host();
        far_ = cpus_far_from_memory();
        of_others_ = base_.taken | base_.kept | base_.closed;
        base_.kept |= far_;
    }

    Placement search() {
        if (auto pinning = find(base_)) return place_of(*pinning);
        if (topology_.kinds() > 1 && base_.threads > 1) {
            auto slower = base_; // of another kind, whose cores have fewer threads
            slower.threads = 0;
            if (auto pinning = find(slower)) return place_of(*pinning);
        }
        for (const auto& [of_stopped, of_helpers] :
             {std::pair(true, false), std::pair(false, true), std::pair(true, true)}) {
            const auto request = request_with(of_stopped, of_helpers);
            const bool is_same = request.taken == base_.taken && request.kept == base_.kept;
            auto pinning = is_same ? std::nullopt : find(request);
            if (!pinning) continue;
            if (of_stopped)
                pinning->warnings.push_back("the VM gets CPUs that VMs which are not running are pinned to, "
                                            "because too few others are free");
            if (of_helpers)
                pinning->warnings.push_back("the VM shares CPU " + to_list(cpus_of(*pinning) & request.lent) +
                                            " with QEMU's own threads of other VMs, because too few others "
                                            "are free");
            return place_of(*pinning);
        }
        return refusal();
    }

  private:
    static CpuSet cpus_of(const Pinning& pinning) {
        return CpuSet(pinning.vcpus.begin(), pinning.vcpus.end()) | pinning.idle;
    }

    /// The request with CPUs that VMs which do not run are pinned to, or with those of other VMs' emulators
    /// and I/O threads, except the ones that a partition has for itself.
    [[nodiscard]] PinningRequest request_with(bool of_stopped, bool of_helpers) const {
        auto request = base_;
        request.taken = {};
        request.kept = far_;
        for (const auto& other : input_.host.others) {
            if (of_stopped && !other.running) continue;
            request.taken |= other.pinned;
            request.kept |= of_helpers ? other.exclusive : other.helpers;
            if (of_helpers) request.lent |= other.helpers;
        }
        return request;
    }

    /// On efficient cores with fewer threads, guest cores get as many threads as fit (0).
    [[nodiscard]] unsigned threads_of_guest() const {
        const auto& topology = input_.domain.topology;
        if (!topology || !holds_whole_cores(cells_, topology->threads)) return 0;
        const auto threads = threads_on_core(topology->threads, topology_.threads_per_core());
        const bool may_have_fewer = input_.prefer == CorePreference::efficiency &&
                                    threads > topology_.threads_per_core(topology_.kinds() - 1);
        return may_have_fewer ? 0 : threads;
    }

    /// The number of cores that are closed to the VM and on which the host does not run either.
    [[nodiscard]] unsigned closed_to_host() const {
        const auto& host = input_.host.host;
        const CpuSet gone = base_.closed & (host.partitioned() | host.cgroups.lost);
        return static_cast<unsigned>(
            std::count_if(topology_.cores.begin(), topology_.cores.end(),
                          [&](const TopologyCore& core) { return core.threads.intersects(gone); }));
    }

    /// The nodes that all memory is bound to; empty if some of it is not.
    [[nodiscard]] NodeSet nodes_of_memory() const {
        const auto& domain = input_.domain;
        const auto is_binding = [](NumaMode mode) {
            return mode == NumaMode::strict || mode == NumaMode::restrictive;
        };
        NodeSet nodes;
        if (domain.numa_memory && is_binding(domain.numa_memory->mode)) nodes = domain.numa_memory->nodes;
        if (domain.cells.empty() || domain.numa_cells.size() < domain.cells.size()) return nodes;
        nodes = {};
        for (const auto& cell : domain.numa_cells) {
            if (!is_binding(cell.mode)) return {};
            nodes |= cell.nodes;
        }
        return nodes;
    }

    /// Memory that is bound to nodes stays there, so the vCPUs must stay there too.
    [[nodiscard]] CpuSet cpus_far_from_memory() const {
        const NodeSet nodes = nodes_of_memory();
        CpuSet near;
        for (const auto& core : topology_.cores)
            if (nodes.contains(core.node)) near |= core.threads;
        return near.empty() ? CpuSet{} : topology_.online - near;
    }

    /// Gives the VM helper CPUs of its own if there is room; otherwise its helpers share those of other VMs.
    std::optional<Pinning> find(const PinningRequest& request) {
        if (rules_.own_helpers) {
            auto own = request;
            for (const auto& other : input_.host.others)
                if (other.helpers.is_subset_of(request.kept)) own.taken |= other.helpers;
            ++own.housekeeping_cores; // one of them is for the helpers
            if (auto pinning = find_beside_host(own); pinning && is_of_wanted_kind(request, *pinning)) {
                give_helpers_a_core(own, *pinning);
                return pinning;
            }
        }
        return find_beside_host(request);
    }

    /// Faster cores have more threads. After a core is set aside for helpers, there may be enough of these,
    /// but too few efficient cores.
    bool is_of_wanted_kind(const PinningRequest& request, const Pinning& own) {
        if (request.prefer != CorePreference::efficiency || topology_.kinds() == 1) return true;
        const auto shared = find_beside_host(request);
        return !shared || cores_of(*shared).front()->kind == cores_of(own).front()->kind;
    }

    /// CPUs that are isolated at boot are for VMs: they are chosen first, and do not count as cores that stay
    /// with the host.
    std::optional<Pinning> find_beside_host(const PinningRequest& request) {
        const auto& isolated = input_.host.isolated_at_boot;
        if (isolated.empty()) return find_in_scope(request);
        auto inside = request;
        inside.kept |= topology_.online - isolated;
        for (const auto* one : {&std::as_const(inside), &request})
            if (auto pinning = find_in_scope(*one); pinning && leaves_host_its_cores(request, *pinning))
                return pinning;
        for (const auto& region : regions(request)) {
            auto beside = request;
            beside.kept |= (topology_.online - region) | cores_to_keep(request, region);
            if (auto pinning = find_in_scope(beside); pinning && leaves_host_its_cores(request, *pinning))
                return pinning;
        }
        return std::nullopt;
    }

    [[nodiscard]] bool is_of_host(const PinningRequest& request, const TopologyCore& core) const {
        return !core.threads.intersects(request.taken | input_.host.isolated_at_boot |
                                        input_.host.host.partitioned() | input_.host.host.cgroups.lost);
    }

    /// The cores that stay with the host, beginning with those that are least useful to the VM.
    [[nodiscard]] CpuSet cores_to_keep(const PinningRequest& request, const CpuSet& region) const {
        CoreList cores;
        for (const auto& core : topology_.cores)
            if (is_of_host(request, core)) cores.push_back(&core);
        const auto first = topology_.online.members().front();
        const auto worth = [&](const TopologyCore& core) {
            const bool is_usable = !core.threads.contains(first) && core.threads.intersects(region) &&
                                   !core.threads.intersects(request.kept | request.closed);
            return std::tuple(is_usable, ~core.kind, core.threads.count());
        };
        std::stable_sort(cores.begin(), cores.end(),
                         [&](const auto* left, const auto* right) { return worth(*left) < worth(*right); });
        CpuSet cpus;
        for (std::size_t index = 0; index < std::min<std::size_t>(cores.size(), rules_.housekeeping_cores);
             ++index)
            cpus |= cores[index]->threads;
        return cpus;
    }

    [[nodiscard]] bool leaves_host_its_cores(const PinningRequest& request, const Pinning& pinning) const {
        const CpuSet used = cpus_of(pinning);
        const auto left =
            std::count_if(topology_.cores.begin(), topology_.cores.end(), [&](const auto& core) {
                return is_of_host(request, core) && !core.threads.intersects(used);
            });
        return left >= std::ptrdiff_t{rules_.housekeeping_cores};
    }

    std::optional<Pinning> find_in_scope(const PinningRequest& request) {
        auto anywhere = choose_pinning(topology_, request);
        if (!anywhere) error_ = anywhere.error();
        if (!anywhere || is_in_scope(*anywhere)) return anywhere ? std::optional(*anywhere) : std::nullopt;
        error_ = "the VM has " + count_of(request.vcpus, "vCPU") + ", and " +
                 (rules_.scope == PlaceScope::cache ? "no last-level cache" : "no node") +
                 " has enough free cores for them";
        std::optional<Pinning> best;
        for (const auto& region : regions(request)) {
            auto inside = request;
            inside.kept |= topology_.online - region;
            auto pinning = choose_pinning(topology_, inside);
            if (pinning && is_in_scope(*pinning) &&
                (!best || drawbacks_of(request, *pinning) < drawbacks_of(request, *best)))
                best = std::move(*pinning);
        }
        return best;
    }

    [[nodiscard]] unsigned region_of(const TopologyCore& core) const {
        return rules_.scope == PlaceScope::cache ? core.cache : core.node;
    }

    [[nodiscard]] CoreList cores_of(const Pinning& pinning) const {
        const CpuSet cpus(pinning.vcpus.begin(), pinning.vcpus.end());
        CoreList cores;
        for (const auto& core : topology_.cores)
            if (core.threads.intersects(cpus)) cores.push_back(&core);
        return cores;
    }

    [[nodiscard]] bool is_in_scope(const Pinning& pinning) const {
        if (rules_.scope == PlaceScope::host) return true;
        std::set<unsigned> regions;
        for (const auto* core : cores_of(pinning))
            regions.insert(region_of(*core));
        return regions.size() == 1;
    }

    /// The drawbacks of a place in one of the regions, in the order of choose_pinning().
    [[nodiscard]] std::vector<std::size_t> drawbacks_of(const PinningRequest& request,
                                                        const Pinning& pinning) const {
        const CorePool pool(topology_, request);
        const auto cores = cores_of(pinning);
        std::set<unsigned> caches;
        std::size_t better = 0;
        for (const auto* core : cores) {
            caches.insert(core->cache);
            better = std::max<std::size_t>(better, pool.better_caches(*core));
        }
        const bool is_far = !request.near.empty() && !pinning.nodes.is_subset_of(request.near);
        const bool wants_slow = request.prefer == CorePreference::efficiency;
        const bool lacks_memory = !can_hold(request.node_memory, pinning.nodes, request.memory);
        return {wants_slow ? ~cores.front()->kind : cores.front()->kind,
                ~pinning.threads,
                pinning.nodes.count(),
                lacks_memory ? 1U : 0U,
                pinning.warnings.size(),
                is_far ? 1U : 0U,
                caches.size(),
                better};
    }

    /// The CPUs of each cache or node, those with the fewest free cores first; all CPUs if the scope is the
    /// host.
    [[nodiscard]] std::vector<CpuSet> regions(const PinningRequest& request) const {
        if (rules_.scope == PlaceScope::host) return {topology_.online};
        std::map<unsigned, CpuSet> cpus;
        for (const auto& core : topology_.cores)
            cpus[region_of(core)] |= core.threads;
        std::vector<std::pair<unsigned, CpuSet>> list;
        for (const auto& [number, region] : cpus)
            list.emplace_back((region - request.taken - request.kept - request.closed).count(), region);
        std::stable_sort(list.begin(), list.end(),
                         [](const auto& left, const auto& right) { return left.first < right.first; });
        std::vector<CpuSet> regions;
        for (auto& [room, region] : list)
            regions.push_back(std::move(region));
        return regions;
    }

    /// Gives QEMU's other threads one core, but not CPU 0's, which has the kernel's own work.
    void give_helpers_a_core(const PinningRequest& request, Pinning& pinning) const {
        const CpuSet used = cpus_of(pinning) | request.taken | request.closed | request.lent;
        const auto first = topology_.online.members().front();
        std::set<unsigned> caches;
        for (const auto* core : cores_of(pinning))
            caches.insert(core->cache);
        const auto rank = [&](const TopologyCore& core) {
            return std::tuple(!pinning.nodes.contains(core.node), !core.threads.intersects(request.kept),
                              !caches.contains(core.cache), ~core.kind);
        };
        const TopologyCore* best = nullptr;
        for (const auto& core : topology_.cores)
            if (!core.threads.intersects(used) && !core.threads.contains(first) &&
                (best == nullptr || rank(core) < rank(*best)))
                best = &core;
        if (best == nullptr) return;
        const bool was_far = std::erase(pinning.warnings, far_emulator_text(pinning)) > 0;
        pinning.emulator = best->threads;
        if (was_far && !pinning.nodes.contains(best->node))
            pinning.warnings.push_back(far_emulator_text(pinning));
        if (!pinning.iothreads.empty()) pinning.iothreads = best->threads;
    }

    [[nodiscard]] Placement place_of(const Pinning& pinning) const {
        Placement place;
        place.vcpus.resize(pinning.vcpus.size());
        std::size_t next = 0; // the pinning is in the order of the cells
        for (const auto& cell : cells_)
            for (const unsigned vcpu : cell.members())
                place.vcpus[vcpu] = pinning.vcpus[next++];
        place.emulator = pinning.emulator;
        place.iothreads = pinning.iothreads;
        place.idle = pinning.idle;
        place.nodes = pinning.nodes;
        place.warnings = pinning.warnings;
        if (auto text = split_cores_text(input_.domain, cells_); !text.empty())
            place.warnings.push_back(std::move(text));
        place.why = why(pinning);
        return place;
    }

    /// "node 1, below one last-level cache: 8 vCPUs on 4 whole cores".
    [[nodiscard]] std::string why(const Pinning& pinning) const {
        std::set<unsigned> caches;
        for (const auto* core : cores_of(pinning))
            caches.insert(core->cache);
        return (pinning.nodes.count() == 1 ? "node " : "nodes ") + to_list(pinning.nodes) + ", below " +
               (caches.size() == 1 ? "one last-level cache"
                                   : std::to_string(caches.size()) + " last-level caches") +
               (rules_.spread ? ", where the most cores are free" : "") +
               (pinning.reasons.empty() ? "" : ": " + pinning.reasons.front());
    }

    /// "node 0: CPU 1-3; node 1: none".
    [[nodiscard]] std::string free_cpus() const {
        std::map<unsigned, CpuSet> free;
        for (const auto& core : topology_.cores) {
            CpuSet& of_node = free[core.node];
            if (!core.threads.intersects(of_others_)) of_node |= core.threads;
        }
        std::string text;
        for (const auto& [node, cpus] : free)
            text += (text.empty() ? "" : "; ") + ("node " + std::to_string(node)) + ": " +
                    (cpus.empty() ? "none" : "CPU " + to_list(cpus));
        return text;
    }

    [[nodiscard]] Placement refusal() const {
        Placement place;
        place.problem = "cpus.place finds no CPUs for the VM: " + error_;
        place.hint = "whole cores that no VM has: " + free_cpus() + "; the host keeps " +
                     count_of(rules_.housekeeping_cores, "core");
        return place;
    }

    const PlaceInput& input_;
    const PlaceRules& rules_;
    const HostTopology& topology_;
    std::vector<CpuSet> cells_;
    PinningRequest base_;
    CpuSet far_;       // CPUs outside the nodes that the memory is bound to
    CpuSet of_others_; // CPUs of other VMs, and those that are closed to this one
    std::string error_;
};
} // namespace

Placement choose_place(const PlaceInput& input, const PlaceRules& rules) {
    return PlaceSearch(input, rules).search();
}

} // namespace hostlease
