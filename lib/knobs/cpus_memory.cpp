#include "core/parse.hpp"
#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/machine_scope.hpp"
#include "knobs/parts/scope_limits.hpp"

#include <algorithm>

namespace hostlease {

extern const Knob knob_cpus_memory;

namespace {
constexpr std::string_view words[] = {"near"};
constexpr KeySpec keys[] = {
    {.key = "cpus.memory",
     .words = words,
     .default_text = "near",
     .summary = "where a VM that cpus.place places takes its memory: near its CPUs, with huge pages only on "
                "the nodes of its pages",
     .example = "\"near\""}};
constexpr std::string_view paths[] = {"/run/systemd/system/*.scope.d/50-hostlease.conf"};

/// The nodes of the domain's huge pages, if these hold all of its memory and are not all nodes of the host.
/// Ordinary memory is not bound: when its nodes are full, the kernel would kill QEMU instead of using other
/// nodes. libvirt binds what the XML binds.
NodeSet memory_nodes(const PlanInput& input, const KnobPlan& plan) {
    if (input.domain.numa_memory || !input.domain.numa_cells.empty()) return {};
    NodeSet nodes;
    std::uint64_t memory = 0;
    for (const auto& promise : plan.promises) {
        memory += promise.pages * promise.pool.page_size;
        if (promise.pages > 0) nodes.add(promise.pool.node);
    }
    const auto is_used = [&](const NodeFacts& node) { return nodes.contains(node.id); };
    const bool are_all = std::all_of(input.facts.nodes.begin(), input.facts.nodes.end(), is_used);
    return memory < ram_size(input.domain) || are_all ? NodeSet{} : nodes;
}

/// The memory nodes in the lease of a VM that runs, as text behind its CPUs; "" if it has none.
std::string held_nodes(const Lease& lease, const std::string& unit) {
    for (const auto& claim : lease.claims)
        if (claim.knob == keys[0].key && claim.name() == unit)
            if (const auto at = claim.value.find(' '); at != std::string::npos) return claim.value.substr(at);
    return {};
}

/// A running VM keeps its memory nodes: if they changed, the kernel would move its memory.
std::string value_for(const PlanInput& input, const KnobPlan& plan, const std::string& unit) {
    const Placement& place = *input.placement;
    std::string value = "AllowedCPUs=" + to_list(place.vcpu_cpus() | place.emulator | place.iothreads);
    if (input.own != nullptr) return value + held_nodes(*input.own, unit);
    if (const NodeSet nodes = memory_nodes(input, plan); !nodes.empty())
        value += " AllowedMemoryNodes=" + to_list(nodes);
    return value;
}

void plan(const PlanInput& input, KnobPlan& plan) {
    const bool is_placed = input.placement != nullptr && input.placement->is_found();
    // without systemd, libvirt creates no scope
    if (!is_placed || !input.facts.has_systemd || input.policy.leaves(keys[0].key)) return;
    const std::string unit = machine_scope(input.domain);
    plan.claims.push_back(
        claim_for(input, keys[0].key,
                  {.target = FileTarget{unit, "/run/systemd/system/" + unit + ".d/50-hostlease.conf"},
                   .value = value_for(input, plan, unit),
                   .phase = Phase::prepare,
                   .why = "QEMU takes its memory near its CPUs from its first page on"}));
}

/// The file's name shows that it belongs to hostlease.
std::string_view state_of(std::string_view) { return no_scope_limits; }
} // namespace

constinit const Knob knob_cpus_memory{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::prepare,
    .form = KnobForm::scope_limits,
    .combine = each_its_own,
    .paths = paths,
    .source =
        "systemd.resource-control(5), AllowedCPUs= and AllowedMemoryNodes=, systemd 252 to 257: they are "
        "in force before the scope's first process runs; cgroup-v2.rst, cpuset.mems, 6.12",
    .plan = plan,
    .state_of = state_of,
};

} // namespace hostlease
