// Short builders of domains, hosts and policies, and plans as text, for the tests of knobs and plans.
#pragma once

#include "core/units.hpp"
#include "knobs/knob.hpp"
#include "knobs/parts/page_demand.hpp"
#include "model/topology.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace hostlease::test {

/// The input of a knob's plan function.
struct Scene {
    Domain domain;
    Policy policy;
    HostFacts facts;
    std::vector<Lease> others = {};
    std::map<PoolId, std::uint64_t> promised = {};

    [[nodiscard]] PlanInput input() const { return {domain, policy, facts, others, promised}; }
};

inline Setting setting(SettingValue value, SourcePosition position) {
    Setting made{std::move(value), {}, std::move(position)};
    made.text = made.plain();
    if (const auto* bytes = std::get_if<Bytes>(&made.value)) made.text = format_size(bytes->count);
    return made;
}

/// The policy win11.toml with one setting per line from line 2 on.
inline Policy policy_with(std::initializer_list<std::pair<std::string, SettingValue>> settings) {
    Policy policy;
    policy.name = "win11";
    policy.file = "win11.toml";
    unsigned line = 1;
    for (const auto& [key, value] : settings)
        policy.settings[key] = setting(value, {policy.file, ++line, 1});
    return policy;
}

inline Policy required(Policy policy, const std::string& table) {
    policy.enforce[table] = Enforce::required;
    return policy;
}

inline Policy best_effort(Policy policy, const std::string& table) {
    policy.enforce[table] = Enforce::best_effort;
    return policy;
}

/// The same policy with an additional [[sysfs]] entry, on line 20 and following.
inline Policy with_sysfs(Policy policy, std::string path, std::string value,
                         Enforce enforce = Enforce::best_effort) {
    const auto line = static_cast<unsigned>(20 + policy.sysfs.size());
    policy.sysfs.push_back({std::move(path), std::move(value), enforce, {policy.file, line, 1}});
    return policy;
}

/// A domain without guest cells on ordinary pages.
inline Domain domain_with_memory(std::uint64_t memory) {
    Domain domain;
    domain.name = "win11";
    domain.uuid = "11111111-2222-3333-4444-555555555555";
    domain.type = "kvm";
    domain.arch = "x86_64";
    domain.memory = memory;
    return domain;
}

/// One <page>; `size` 0 means the host's default.
inline Domain with_hugepages(Domain domain, std::uint64_t size) {
    domain.backing.hugepages = true;
    domain.backing.pages.push_back({.size = size});
    return domain;
}

/// Pins vCPU 0 to the first set, vCPU 1 to the second, ...
inline Domain with_pins(Domain domain, std::initializer_list<CpuSet> pins) {
    for (const auto& cpus : pins)
        domain.vcpu_pins.push_back({.id = static_cast<unsigned>(domain.vcpu_pins.size()), .cpus = cpus});
    return domain;
}

/// Guest cells 0, 1, ... of these sizes; the domain's memory is their sum.
inline Domain with_cells(Domain domain, std::initializer_list<std::uint64_t> sizes) {
    domain.memory = 0;
    for (const auto size : sizes) {
        domain.cells.push_back({.id = static_cast<unsigned>(domain.cells.size()), .memory = size});
        domain.memory += size;
    }
    return domain;
}

/// An additional memory device for guest cell 0; `line` is its line in the XML.
inline MemoryDevice& add_device(Domain& domain, std::string model, std::uint64_t size, unsigned line = 40) {
    domain.memory_devices.push_back(
        {.model = std::move(model), .size = size, .target_cell = 0, .line = line});
    domain.memory += size;
    return domain.memory_devices.back();
}

inline PoolFacts& pool(HostFacts& facts, unsigned node, std::uint64_t page_size) {
    const PoolId id{node, page_size};
    const auto found =
        std::find_if(facts.pools.begin(), facts.pools.end(), [&](const auto& one) { return one.id == id; });
    if (found != facts.pools.end()) return *found;
    return facts.pools.emplace_back(PoolFacts{.id = id});
}

inline void set_pool(HostFacts& facts, unsigned node, std::uint64_t page_size, std::uint64_t total,
                     std::uint64_t free, std::uint64_t surplus = 0) {
    pool(facts, node, page_size) = {{node, page_size}, total, free, surplus};
}

/// Nodes of four CPUs and 64 GiB each, with empty pools of 2 MiB and 1 GiB pages.
inline HostFacts host_with_nodes(unsigned nodes, std::uint64_t available = 32 * GiB) {
    HostFacts facts;
    facts.online = CpuSet::range(0, nodes * 4 - 1);
    facts.possible = facts.online;
    facts.default_page_size = 2 * MiB;
    for (unsigned node = 0; node < nodes; ++node) {
        facts.nodes.push_back({.id = node,
                               .cpus = CpuSet::range(node * 4, node * 4 + 3),
                               .memory = 64 * GiB,
                               .available = available});
        set_pool(facts, node, 2 * MiB, 0, 0);
        set_pool(facts, node, GiB, 0, 0);
    }
    return facts;
}

/// A cpufreq policy with the governors of acpi-cpufreq, from 800 MHz to 3.5 GHz.
inline void add_cpufreq(HostFacts& facts, unsigned number, const CpuSet& cpus) {
    facts.cpufreq.push_back(
        {"policy" + std::to_string(number),
         cpus,
         {"conservative", "ondemand", "userspace", "powersave", "performance", "schedutil"},
         false,
         800'000,
         3'500'000});
}

/// A file that reads `value`; `resolved` if its path contains links.
inline void set_file(HostFacts& facts, const std::string& path, std::string value,
                     const std::string& resolved = {}) {
    facts.files[path] = {FileFacts::Access::readable, resolved.empty() ? path : resolved, std::move(value)};
}

/// A lease of another domain with these claims and a running QEMU.
inline Lease lease_of(std::string domain, std::vector<Claim> claims = {}) {
    Lease lease;
    lease.domain = std::move(domain);
    lease.uuid = lease.domain + "-uuid";
    lease.state = LeaseState::running;
    lease.claims = std::move(claims);
    return lease;
}

/// A claim in the phase of its knob, from line 7 of other.toml.
inline Claim claim_on(const std::string& knob, ClaimTarget target, std::string value) {
    const Knob* owner = find_knob(knob);
    return {.knob = knob,
            .target = std::move(target),
            .value = std::move(value),
            .phase = owner == nullptr ? Phase::prepare : owner->phase,
            .position = {"other.toml", 7, 1},
            .why = "asked for"};
}

inline Claim claim_on(const std::string& knob, std::string name, std::string path, std::string value) {
    return claim_on(knob, FileTarget{std::move(name), std::move(path)}, std::move(value));
}

/// The knob's part of the scene's plan.
inline KnobPlan plan_of(std::string_view knob, const Scene& scene) {
    KnobPlan plan;
    find_knob(knob)->plan(scene.input(), plan);
    return plan;
}

/// "path [target] = value; phase, enforce; file:line:column; why", one line per claim.
inline std::string text_of(const Claim& claim) {
    return claim.path() + " [" + claim.name() + "] = " + claim.value + "; " +
           std::string(to_text(claim.phase)) + ", " + std::string(to_text(claim.enforce)) + "; " +
           claim.position.text() + "; " + claim.why + "\n";
}

/// The claims, followed by the notes.
inline std::string text_of(const KnobPlan& plan) {
    std::string text;
    for (const auto& claim : plan.claims)
        text += text_of(claim);
    return text + plan.notes.text();
}

/// "name: pages x size from anywhere | bound to | spread over | preferably from nodes", one line per demand.
inline std::string text_of(const std::vector<PageDemand>& demands) {
    std::string text;
    for (const auto& demand : demands) {
        text += demand.what + ": " + std::to_string(demand.pages) + " x " + format_size(demand.page_size);
        switch (demand.source) {
        case PageSource::bound: text += " bound to "; break;
        case PageSource::spread: text += " spread over "; break;
        case PageSource::preferred: text += " preferably from "; break;
        case PageSource::anywhere: text += " from anywhere"; break;
        }
        text += to_list(demand.nodes) + "\n";
    }
    return text;
}

/// "pool: needed, of them grown", one line per pool.
inline std::string text_of(const std::vector<PoolPlan>& pools) {
    std::string text;
    for (const auto& one : pools)
        text += to_text(one.id) + ": " + std::to_string(one.needed) + " needed, " + std::to_string(one.grow) +
                " grown\n";
    return text;
}

/// "value", followed by " (conflict)" or " (outranked)" if a claim is not granted.
inline std::string combined(std::string_view knob, std::string_view baseline,
                            const std::vector<std::string>& claims, std::string_view target = {}) {
    const auto result = find_knob(knob)->rule(target)(baseline, claims);
    return result.value + (result.agreement == Agreement::full       ? ""
                           : result.agreement == Agreement::conflict ? " (conflict)"
                                                                     : " (outranked)");
}

/// Calls `check(claims)` with the claims in every order.
template <typename Check>
void in_each_order(std::vector<std::string> claims, Check check) {
    std::sort(claims.begin(), claims.end());
    do
        check(claims);
    while (std::next_permutation(claims.begin(), claims.end()));
}

/// The cores in the facts, with one last-level cache per node.
inline HostTopology topology_of(const HostFacts& facts) {
    HostTopology topology;
    topology.online = facts.online;
    for (const auto& core : facts.cores) {
        TopologyCore one;
        one.threads = core;
        for (const auto& node : facts.nodes)
            if (node.cpus.intersects(core)) one.package = one.node = one.cache = node.id;
        topology.cores.push_back(one);
    }
    return topology;
}

} // namespace hostlease::test
