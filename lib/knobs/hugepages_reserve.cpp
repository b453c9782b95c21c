#include "core/parse.hpp"
#include "core/units.hpp"
#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/page_placement.hpp"
#include "model/node_memory.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace hostlease {

extern const Knob knob_hugepages_reserve;

namespace {
constexpr std::string_view reserve_words[] = {"auto"};
constexpr std::string_view node_words[] = {"auto"};
constexpr std::string_view limit_words[] = {"none"};
constexpr KeySpec keys[] = {
    {.key = pool_knob,
     .words = reserve_words,
     .default_text = "auto",
     .summary = "reserve the huge pages that the domain's XML asks for",
     .example = "\"auto\""},
    {.key = host_free_min_key,
     .kinds = a_size,
     .words = limit_words,
     .default_text = "the larger of 1GiB and 5 % of the node",
     .summary = "refuse the lease if it leaves a node less available memory than this"},
    {.key = "hugepages.deadline",
     .kinds = a_time,
     .longest = longest_call,
     .default_text = "20s",
     .summary = "how long to keep compacting memory and retrying"},
    {.key = "hugepages.compact",
     .kinds = a_boolean,
     .default_text = "true",
     .summary = "compact a node's memory if its pool cannot grow enough"},
    {.key = "hugepages.drop_caches",
     .kinds = a_boolean,
     .default_text = "false",
     .summary = "drop the host's caches if the pool is still too small: first the page cache, then also "
                "inodes and the ZFS cache"},
    {.key = "hugepages.node",
     .kinds = a_node_list,
     .words = node_words,
     .default_text = "auto",
     .summary = "nodes for memory that the XML binds to no node; auto: first those of the pinned CPUs"},
};
constexpr std::string_view paths[] = {"/sys/devices/system/node/node*/hugepages/hugepages-*/nr_hugepages",
                                      "/sys/kernel/mm/hugepages/hugepages-*/nr_hugepages",
                                      "/sys/kernel/mm/hugepages/hugepages-*/nr_hugepages_mempolicy",
                                      "/sys/kernel/mm/hugepages/hugepages-*/demote",
                                      "/proc/sys/vm/nr_hugepages",
                                      "/proc/sys/vm/nr_hugepages_mempolicy"};
NodeSet near_nodes(const PlanInput& input) {
    if (const Setting* setting = input.policy.find("hugepages.node"); setting != nullptr)
        if (const auto* nodes = std::get_if<NodeSet>(&setting->value)) return *nodes;
    return nodes_with_cpus(input.facts, pinned_cpus(input.domain));
}

SourcePosition reserve_position(const Policy& policy) {
    const auto found = policy.settings.find(keys[0].key);
    return found == policy.settings.end() ? SourcePosition{policy.file, 0, 0} : found->second.position;
}

void claim_pool(const PoolPlan& pool, const PlanInput& input, KnobPlan& plan) {
    plan.promises.push_back({pool.id, pool.needed - pool.missing});
    if (pool.grow == 0) return;
    // a write to nr_hugepages first turns surplus pages, which are in use, into persistent ones, and only
    // then adds any
    const auto surplus = input.facts.pool(pool.id)->surplus;
    plan.claims.push_back(
        claim_for(input, keys[0].key,
                  {.target = FileTarget{to_text(pool.id), input.facts.pool_path(pool.id) + "/nr_hugepages"},
                   .value = std::to_string(pool.grow + surplus),
                   .phase = Phase::prepare,
                   .why = fmt::format("{} pages of {} needed, {} free, {} promised to other VMs", pool.needed,
                                      format_size(pool.id.page_size), pool.free, pool.promised)}));
}

/// Reports a node list in the policy that this host cannot satisfy.
void check_nodes(const PlanInput& input, Diagnostics& notes) {
    const Setting* setting = input.policy.find("hugepages.node");
    const auto* nodes = setting == nullptr ? nullptr : std::get_if<NodeSet>(&setting->value);
    if (nodes == nullptr) return;
    for (const unsigned node : nodes->members())
        if (input.facts.node(node) == nullptr)
            notes.warning(setting->position,
                          "hugepages.node names node " + std::to_string(node) +
                              ", which does not exist on this host",
                          "see /sys/devices/system/node/online");
}

/// Reports pages of a placed VM that are away from its CPUs, although its XML binds them to no node.
void note_far_pages(const PlanInput& input, const PagePlacement& pages, Diagnostics& notes) {
    const bool is_placed = input.placement != nullptr && input.placement->is_found();
    if (!is_placed || input.domain.numa_memory || !input.domain.numa_cells.empty()) return;
    NodeSet far;
    for (const auto& pool : pages.pools)
        if (pool.needed > pool.missing && !input.placement->nodes.contains(pool.id.node))
            far.add(pool.id.node);
    if (!far.empty())
        notes.warning(reserve_position(input.policy),
                      "huge pages come from node " + to_list(far) + ", away from the chosen CPUs on node " +
                          to_list(input.placement->nodes) + ", which does not have enough",
                      "reserve the pages at boot, or let the VM use smaller ones");
}

void plan(const PlanInput& input, KnobPlan& plan) {
    if (input.policy.leaves(keys[0].key)) return;
    const auto demands = page_demands(input, plan.notes);
    if (demands.empty()) return;
    check_nodes(input, plan.notes);
    const auto placement = place_pages(input, demands, near_nodes(input), page_limits(input));
    note_far_pages(input, placement, plan.notes);
    plan.pools.insert(plan.pools.end(), placement.pools.begin(), placement.pools.end());
    const Severity severity = severity_of(input.policy.enforcement(keys[0].key));
    for (const auto& shortage : placement.shortages.all())
        plan.notes.add(severity, reserve_position(input.policy), shortage.message, shortage.hint);
    for (const auto& pool : placement.pools)
        claim_pool(pool, input, plan);
    if (const auto limit = own_host_free_min(input.policy); limit && !placement.pools.empty())
        plan.claims.push_back(claim_for(host_free_min_key, input.policy.find(host_free_min_key)->position,
                                        Enforce::best_effort,
                                        {.target = Limit{LimitKind::host_free_min},
                                         .value = std::to_string(*limit),
                                         .phase = Phase::prepare,
                                         .why = "kept free for the host"}));
}
} // namespace

constinit const Knob knob_hugepages_reserve{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::prepare,
    .form = KnobForm::value, // for reading the file; pools are grown and shrunk by their records
    .combine = {combine_sum, "the earlier pages and those of each VM"},
    .paths = paths,
    .source = "Documentation/admin-guide/mm/hugetlbpage.rst and mm/hugetlb.c, 6.1 to 7.2",
    .plan = plan,
};

} // namespace hostlease
