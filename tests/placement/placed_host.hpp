// A host, and the VMs that choose_place() has placed on it.
#pragma once

#include "knobs/parts/housekeeping.hpp"
#include "placement/place_policy.hpp"
#include "placement/properties.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace hostlease::test {

inline HostFacts facts_of(const HostTopology& topology) {
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

inline Domain domain_with(unsigned vcpus) {
    Domain domain;
    domain.arch = "x86_64";
    domain.vcpus = domain.current_vcpus = vcpus;
    return domain;
}

struct PlacedHost {
    explicit PlacedHost(HostTopology cores, const PlaceRules& by = {})
        : topology(std::move(cores)), facts(facts_of(topology)), rules(by) {}

    HostTopology topology;
    HostFacts facts;
    PlaceRules rules;
    std::vector<OtherDomain> vms;
    CorePreference prefer = CorePreference::cache;

    [[nodiscard]] Placement place(const Domain& domain) const {
        return choose_place(
            {.domain = domain,
             .host = {.host = facts, .others = vms, .leases = {}, .isolated_at_boot = facts.isolated_at_boot},
             .topology = topology,
             .prefer = prefer},
            rules);
    }

    void add(const Placement& place) {
        vms.push_back({.name = "vm" + std::to_string(vms.size()),
                       .pinned = place.vcpu_cpus() | place.idle,
                       .running = true,
                       .helpers = place.emulator | place.iothreads});
    }

    [[nodiscard]] bool is_first(const TopologyCore& core) const {
        return core.threads.contains(topology.online.members().front());
    }

    /// Used in the message of a failed property.
    [[nodiscard]] std::string text() const {
        std::string text =
            "scope " + std::to_string(static_cast<int>(rules.scope)) + ", the host keeps " +
            std::to_string(rules.housekeeping_cores) + (rules.own_helpers ? ", own helpers" : "") +
            ", isolcpus=" + to_list(facts.isolated_at_boot) + ", lost " + to_list(facts.cgroups.lost) + "\n";
        for (const auto& core : topology.cores)
            text += "CPU " + to_list(core.threads) + ": node " + std::to_string(core.node) + ", cache " +
                    std::to_string(core.cache) + " of " + std::to_string(core.cache_size >> 20U) +
                    " MiB, kind " + std::to_string(core.kind) + "\n";
        for (const auto& vm : vms)
            text += vm.name + (vm.running ? ": " : " (off): ") + to_list(vm.pinned) + "; helpers " +
                    to_list(vm.helpers) + ", exclusive " + to_list(vm.exclusive) + "\n";
        return text;
    }

    /// Whether a warning says that vCPUs run on CPUs of other VMs' emulators or I/O threads.
    static bool shares_helpers(const Placement& place) {
        return std::any_of(place.warnings.begin(), place.warnings.end(), [](const std::string& warning) {
            return warning.find("with QEMU's own threads of other VMs") != std::string::npos;
        });
    }

    /// Requirements on every place.
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
            if (!vm.running) continue;
            RC_ASSERT(!vm.pinned.intersects(cpus | place.idle | helpers));
            RC_ASSERT(!(shares_helpers(place) ? vm.exclusive : vm.helpers).intersects(cpus | place.idle));
            taken |= vm.pinned;
        }
        RC_ASSERT(whole_cores_without(facts, taken) >= rules.housekeeping_cores);
        std::set<unsigned> caches;
        NodeSet nodes;
        for (const auto& core : topology.cores) {
            if (!core.threads.intersects(cpus)) continue;
            RC_ASSERT(core.threads.is_subset_of(cpus | place.idle));
            RC_ASSERT(!is_first(core));
            caches.insert(core.cache);
            nodes.add(core.node);
        }
        RC_ASSERT(nodes == place.nodes);
        if (rules.scope == PlaceScope::cache) RC_ASSERT(caches.size() == 1U);
        if (rules.scope == PlaceScope::node) RC_ASSERT(nodes.count() == 1U);
    }
};

} // namespace hostlease::test
