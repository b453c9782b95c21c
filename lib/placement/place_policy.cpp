#include "placement/place_policy.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

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
        const auto& topology = input.domain.topology;
        if (topology && holds_whole_cores(cells_, topology->threads))
            base_.threads = std::min(topology->threads, std::max(topology_.threads_per_core(), 1U));
        base_.housekeeping_cores = rules.housekeeping_cores + closed_to_host();
        keep_to_bound_nodes();
    }

    Placement search() {
        if (auto pinning = find(base_)) return place_of(*pinning);
        auto less = base_;
        less.taken = {};
        for (const auto& other : input_.host.others)
            if (other.running) less.taken |= other.pinned;
        auto pinning = less.taken == base_.taken ? std::nullopt : find(less);
        if (!pinning) return refusal();
        pinning->warnings.push_back(
            "the VM gets CPUs that VMs which are not running are pinned to, because too few others are free");
        return place_of(*pinning);
    }

  private:
    /// Cores that the request closes and the host does not run on either.
    [[nodiscard]] unsigned closed_to_host() const {
        const auto& host = input_.host.host;
        const CpuSet gone = base_.closed & (host.partitioned() | host.cgroups.lost);
        return static_cast<unsigned>(
            std::count_if(topology_.cores.begin(), topology_.cores.end(),
                          [&](const TopologyCore& core) { return core.threads.intersects(gone); }));
    }

    /// Memory that is bound to nodes stays there, and so do the vCPUs.
    void keep_to_bound_nodes() {
        const auto& memory = input_.domain.numa_memory;
        if (!memory || memory->mode == NumaMode::interleave || memory->nodes.empty()) return;
        CpuSet near;
        for (const auto& core : topology_.cores)
            if (memory->nodes.contains(core.node)) near |= core.threads;
        if (!near.empty()) base_.kept |= topology_.online - near;
    }

    /// With helpers of its own if there is room, otherwise beside those of other VMs.
    std::optional<Pinning> find(const PinningRequest& request) {
        if (rules_.own_helpers) {
            auto own = request;
            for (const auto& other : input_.host.others)
                own.taken |= other.helpers;
            ++own.housekeeping_cores; // of which the helpers get one
            if (auto pinning = find_in_scope(own)) {
                give_helpers_a_core(*pinning);
                return pinning;
            }
        }
        return find_in_scope(request);
    }

    std::optional<Pinning> find_in_scope(PinningRequest request) {
        auto anywhere = find_free_place(input_, request);
        if (!anywhere) error_ = anywhere.error();
        if (!anywhere || is_in_scope(*anywhere)) return anywhere ? std::optional(*anywhere) : std::nullopt;
        error_ = "the VM has " + count_of(request.vcpus, "vCPU") + ", and " +
                 (rules_.scope == PlaceScope::cache ? "no last-level cache" : "no node") +
                 " has enough free cores for them";
        for (const auto& region : regions(request)) {
            auto inside = request;
            inside.kept |= topology_.online - region;
            if (auto pinning = choose_pinning(topology_, inside); pinning && is_in_scope(*pinning))
                return *pinning;
        }
        return std::nullopt;
    }

    [[nodiscard]] unsigned region_of(const TopologyCore& core) const {
        return rules_.scope == PlaceScope::cache ? core.cache : core.node;
    }

    [[nodiscard]] bool is_in_scope(const Pinning& pinning) const {
        if (rules_.scope == PlaceScope::host) return true;
        const CpuSet cpus(pinning.vcpus.begin(), pinning.vcpus.end());
        std::set<unsigned> regions;
        for (const auto& core : topology_.cores)
            if (core.threads.intersects(cpus)) regions.insert(region_of(core));
        return regions.size() == 1;
    }

    /// The CPUs of each cache or node, those with the fewest free cores first.
    [[nodiscard]] std::vector<CpuSet> regions(const PinningRequest& request) const {
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

    /// One core for all of QEMU's other threads, and not CPU 0's, which has the kernel's own work.
    void give_helpers_a_core(Pinning& pinning) const {
        const CpuSet helpers = pinning.emulator | pinning.iothreads;
        const TopologyCore* best = nullptr;
        const auto rank = [&](const TopologyCore& core) {
            return std::tuple(core.threads.contains(topology_.online.members().front()),
                              !pinning.nodes.contains(core.node));
        };
        for (const auto& core : topology_.cores)
            if (core.threads.intersects(helpers) && (best == nullptr || rank(core) < rank(*best)))
                best = &core;
        if (best == nullptr) return;
        pinning.emulator = best->threads;
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
        place.why = why(pinning);
        return place;
    }

    /// "node 1, below one last-level cache: 8 vCPUs on 4 whole cores".
    [[nodiscard]] std::string why(const Pinning& pinning) const {
        const CpuSet cpus(pinning.vcpus.begin(), pinning.vcpus.end());
        std::set<unsigned> caches;
        for (const auto& core : topology_.cores)
            if (core.threads.intersects(cpus)) caches.insert(core.cache);
        return (pinning.nodes.count() == 1 ? "node " : "nodes ") + to_list(pinning.nodes) + ", below " +
               (caches.size() == 1 ? "one last-level cache"
                                   : std::to_string(caches.size()) + " last-level caches") +
               (pinning.reasons.empty() ? "" : ": " + pinning.reasons.front());
    }

    /// "node 0: CPU 1-3; node 1: none".
    [[nodiscard]] std::string free_cpus() const {
        std::map<unsigned, CpuSet> free;
        for (const auto& core : topology_.cores) {
            CpuSet& of_node = free[core.node];
            if (!core.threads.intersects(base_.taken | base_.kept | base_.closed)) of_node |= core.threads;
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
    std::string error_;
};
} // namespace

Placement choose_place(const PlaceInput& input, const PlaceRules& rules) {
    return PlaceSearch(input, rules).search();
}

} // namespace hostlease
