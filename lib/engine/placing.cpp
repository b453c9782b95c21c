#include "engine/placing.hpp"

#include "core/parse.hpp"
#include "host/cpu_topology.hpp"
#include "host/named_facts.hpp"
#include "host/other_domains.hpp"
#include "host/process.hpp"
#include "host/topology.hpp"
#include "knobs/parts/housekeeping.hpp"
#include "knobs/parts/isolation.hpp"
#include "knobs/parts/page_placement.hpp"
#include "knobs/parts/partitions.hpp"
#include "knobs/parts/placed.hpp"
#include "placement/place_policy.hpp"

namespace hostlease {

namespace {
std::string word_of(const Policy& policy, std::string_view key) {
    const Setting* setting = policy.find(key);
    return setting == nullptr ? std::string{} : setting->plain();
}

/// CPUs that a thread is bound to; empty if it may run on all.
CpuSet bound(const CpuSet& cpus, const CpuSet& online) { return online.is_subset_of(cpus) ? CpuSet{} : cpus; }

OtherDomain owner_of(const MachineUnit& unit, const CpuSet& online) {
    OtherDomain owner{.name = unit.name, .pinned = unit.exclusive, .running = true};
    if (unit.threads.empty()) owner.pinned |= bound(unit.cpus, online);
    for (const auto& thread : unit.threads)
        (thread.role.starts_with("vcpu") ? owner.pinned : owner.helpers) |= bound(thread.cpus, online);
    owner.pinned -= owner.helpers;
    owner.exclusive = owner.helpers & unit.exclusive;
    return owner;
}

/// For a VM that may not run yet: two VMs that start at once must not get the same CPUs.
OtherDomain owner_of(const Lease& lease) {
    auto cpus = leased_cpus(lease);
    return {.name = lease.domain,
            .pinned = std::move(cpus.vcpus),
            .running = true,
            .helpers = cpus.helpers,
            .exclusive = cpus.are_exclusive ? cpus.helpers : CpuSet{},
            .is_required = cpus.is_required};
}

NodeSet nodes_to_be_near(Host& host, const PlaceScene& scene) {
    std::vector<PciAddress> addresses;
    for (const auto& device : scene.domain.host_devices)
        addresses.push_back(device.address);
    NodeSet nodes = scene.policy.get("hugepages.node", NodeSet{});
    if (!nodes.empty()) return nodes;
    for (const auto& [address, node] : nodes_of_devices(host, addresses))
        nodes.add(node);
    return nodes;
}

PlaceRules rules_of(const PlanInput& input) {
    const auto& cgroups = input.facts.cgroups;
    const std::string word = word_of(input.policy, place_key);
    const bool may_isolate =
        isolation_setting(input.policy) != nullptr && word_of(input.policy, "cpus.isolate") != "none";
    return {.scope = word == "L3"     ? PlaceScope::cache
                     : word == "node" ? PlaceScope::node
                                      : PlaceScope::host,
            .housekeeping_cores = static_cast<unsigned>(least_cores(input).cores),
            .own_helpers = may_isolate && isolation_method(input.policy) != "slices" &&
                           cgroups.has_remote_partitions && cgroups.lost.empty() &&
                           input.facts.isolated_at_boot.empty(),
            .spread = word == "spread"};
}

CorePreference preference_of(const Policy& policy) {
    const std::string word = word_of(policy, "cpus.prefer");
    return word == "frequency"    ? CorePreference::frequency
           : word == "efficiency" ? CorePreference::efficiency
                                  : CorePreference::cache;
}

/// The domain as its place depends on it: huge pages that QEMU has mapped stay on their nodes.
Domain subject_of(const PlaceScene& scene) {
    Domain subject = scene.domain;
    if (!scene.moves || scene.held == nullptr || subject.numa_memory) return subject;
    NodeSet nodes;
    for (const auto& promise : scene.held->promises)
        if (promise.pages > 0) nodes.add(promise.pool.node);
    if (!nodes.empty()) subject.numa_memory = NumaMemory{NumaMode::strict, nodes};
    return subject;
}

/// What the nodes have available without the memory that other placed VMs have not touched yet, a VM on
/// several nodes in equal parts. Empty if no such VM is known.
NodeMemory memory_left(Host& host, const PlaceScene& scene) {
    const std::set<std::uint64_t> no_pages;
    auto left = memory_of_nodes(scene.facts, false, &no_pages);
    bool has_others = false;
    for (const auto& lease : scene.others) {
        const Claim* memory = lease.limit(LimitKind::memory);
        const auto nodes = lease.limit_cpus(LimitKind::nodes);
        if (memory == nullptr || nodes.empty() || lease.state == LeaseState::releasing) continue;
        const auto whole = parse_integer<std::uint64_t>(memory->value).value_or(0);
        const auto touched = lease.qemu.pid == 0 ? 0 : resident_memory(host, lease.qemu).value_or(0);
        const auto part = (whole - std::min(whole, touched)) / nodes.count();
        for (auto& [node, bytes] : left)
            if (nodes.contains(node)) bytes -= std::min(bytes, part);
        has_others = true;
    }
    return has_others ? left : NodeMemory{};
}

/// The place on one node that has this memory left; if there is none, the place by what is available now,
/// because VMs may together have more memory than the host.
Placement place_by_memory(PlaceInput input, const PlaceRules& rules, const NodeMemory& left) {
    input.host.memory = &left;
    if (auto place = left.empty() ? Placement{} : choose_place(input, rules);
        place.is_found() && place.nodes.count() == 1 && can_hold(left, place.nodes, ram_size(input.domain)))
        return place;
    input.host.memory = nullptr;
    return choose_place(input, rules);
}

Result<Placement> choose(Host& host, const PlaceScene& scene) {
    auto topology = TRY(read_cpu_topology(host, scene.facts));
    const auto prefer = preference_of(scene.policy);
    if (prefer == CorePreference::frequency) read_preferred_cores(host, topology);
    std::string problem;
    const auto owners = owners_of_cpus(host, scene, problem);
    const Domain subject = subject_of(scene);
    const PlanInput input{scene.domain, scene.policy, scene.facts, scene.others, scene.promised};
    const auto sizes = page_sizes_of(subject, scene.facts);
    const auto pages = sizes.empty() ? PageRoom{} : page_room(input, sizes);
    const bool is_new = scene.held == nullptr && sizes.empty();
    const auto left = is_new ? memory_left(host, scene) : NodeMemory{};
    auto place = place_by_memory({.domain = subject,
                                  .host = {.host = scene.facts,
                                           .others = owners,
                                           .leases = {},
                                           .isolated_at_boot = scene.facts.isolated_at_boot,
                                           .is_running = scene.held != nullptr,
                                           .pages = &pages},
                                  .topology = topology,
                                  .near = nodes_to_be_near(host, scene),
                                  .prefer = prefer},
                                 rules_of(input), left);
    if (!problem.empty()) place.warnings.push_back(problem);
    return place;
}

Placement refused(std::string problem, std::string hint) {
    Placement place;
    place.problem = std::move(problem);
    place.hint = std::move(hint);
    return place;
}

bool fits(const Placement& place, const Domain& domain) { return place.vcpus.size() == domain.vcpus; }
} // namespace

std::vector<OtherDomain> owners_of_cpus(Host& host, const PlaceScene& scene, std::string& problem) {
    auto owners = read_other_domains(host, scene.domain, scene.facts.online, problem);
    for (const auto& lease : scene.others)
        if (lease.state != LeaseState::releasing) owners.push_back(owner_of(lease));
    for (const auto& unit : scene.facts.cgroups.machine)
        owners.push_back(owner_of(unit, scene.facts.online));
    return owners;
}

Result<std::optional<Placement>> place_domain(Host& host, const PlaceScene& scene) {
    if (scene.policy.find(place_key) == nullptr) return std::nullopt;
    if (const auto element = pinning_element(scene.domain); !element.empty())
        return refused("cpus.place chooses CPUs for VMs without pins, but this domain has " + element,
                       "remove it from the domain's XML, or cpus.place from the policy");
    if (scene.held != nullptr && !scene.moves)
        if (auto held = placement_of(*scene.held); held && fits(*held, scene.domain)) return held;
    auto place =
        scene.facts.cgroups.has_cpuset
            ? TRY(choose(host, scene))
            : refused("cpus.place needs cgroup v2 with the cpuset controller, which this host does not "
                      "have",
                      "boot the host with systemd.unified_cgroup_hierarchy=1");
    place.is_optional = scene.policy.get("cpus.share", false) && !scene.moves;
    return place;
}

} // namespace hostlease
