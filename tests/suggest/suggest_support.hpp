// A machine for suggestions, and their results.
#pragma once

#include "advice/suggest/suggest.hpp"
#include "audit/cases.hpp"
#include "read/domain_xml.hpp"
#include "support/builders.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <string>

namespace hostlease::test {

/// 16 cores with two threads on two nodes with 32 GiB available each; CPU n and n + 16 are one core.
inline AuditScene large_scene() {
    auto scene = make_scene();
    auto& facts = scene.host.host;
    facts.online = facts.possible = CpuSet::range(0, 31);
    facts.cores.clear();
    for (unsigned cpu = 0; cpu < 16; ++cpu)
        facts.cores.push_back({cpu, cpu + 16});
    facts.nodes.clear();
    for (unsigned node = 0; node < 2; ++node)
        facts.nodes.push_back(
            {.id = node,
             .cpus = CpuSet::range(node * 8, node * 8 + 7) | CpuSet::range(16 + node * 8, 23 + node * 8),
             .memory = 40ULL << 30U,
             .available = 32ULL << 30U});
    facts.pools = {{.id = {0, 2U << 20U}}, {.id = {1, 2U << 20U}}};
    scene.host.caches = {facts.nodes[0].cpus, facts.nodes[1].cpus};
    return scene;
}

/// The audit's facts about a machine with this topology.
inline AuditFacts facts_of(const HostTopology& topology) {
    AuditFacts facts;
    facts.host.online = topology.online;
    std::map<unsigned, CpuSet> nodes;
    std::map<unsigned, CpuSet> caches;
    for (const auto& core : topology.cores) {
        facts.host.cores.push_back(core.threads);
        nodes[core.node] |= core.threads;
        caches[core.cache] |= core.threads;
        if (topology.kinds() > 1)
            (core.kind == 0 ? facts.performance_cpus : facts.efficient_cpus) |= core.threads;
    }
    for (const auto& [id, cpus] : nodes)
        facts.host.nodes.push_back({.id = id, .cpus = cpus});
    for (const auto& [id, cpus] : caches)
        facts.caches.push_back(cpus);
    return facts;
}

struct Wishes {
    std::set<RuleGroup> groups;
    std::optional<unsigned> vcpus = {};
    std::optional<std::uint64_t> memory = {};
    std::vector<Judge> judges = {};
    bool without_pins = false;
    std::optional<CorePreference> prefer = {};
};

inline tl::expected<Suggestion, std::string> suggest_for(const std::string& text, const AuditScene& scene,
                                                         const Wishes& wishes) {
    const auto domain = read_domain_xml(text, "win11.xml", DomainIdentity::may_be_wrong);
    if (!domain) FAIL(domain.error().text() << text);
    const auto document = XmlDocument::parse(text);
    const auto topology = topology_of(scene.host.host);
    SuggestRequest request{.text = text,
                           .file = "win11.xml",
                           .host = scene.host,
                           .topology = &topology,
                           .groups = wishes.groups};
    request.guest = guess_guest(document->root(), *domain, request.windows);
    request.vendor = scene.vendor;
    request.policy = scene.with_policy ? &scene.policy : nullptr;
    request.libvirt_version = scene.libvirt_version;
    request.vcpus = wishes.vcpus;
    request.memory = wishes.memory;
    request.judges = wishes.judges;
    request.without_pins = wishes.without_pins;
    request.prefer = wishes.prefer;
    return suggest(request);
}

/// The suggested text; a second suggestion must not change it.
inline Suggestion settled(const std::string& text, const AuditScene& scene, const Wishes& wishes) {
    auto once = suggest_for(text, scene, wishes);
    if (!once) FAIL(once.error() << text);
    const auto again = suggest_for(once->text, scene, wishes);
    if (!again) FAIL(again.error() << once->text);
    CHECK(again->text == once->text);
    return std::move(*once);
}

} // namespace hostlease::test
