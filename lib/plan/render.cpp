#include "plan/render.hpp"

#include "core/foreign_text.hpp"
#include "core/text_table.hpp"
#include "core/units.hpp"
#include "plan/change_table.hpp"
#include "plan/cpu_pattern.hpp"
#include "plan/fold_targets.hpp"
#include "text/value.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace hostlease {

namespace {
/// Pools of several nodes with equal numbers.
struct PoolGroup {
    PoolPlan pool; // the first
    std::vector<unsigned> nodes;
    std::uint64_t least_left = 0;
    std::uint64_t most_left = 0;

    [[nodiscard]] bool has(const PoolPlan& other) const {
        return pool.id.page_size == other.id.page_size && pool.needed == other.needed &&
               pool.free == other.free && pool.promised == other.promised && pool.grow == other.grow;
    }
};

std::vector<PoolGroup> group_pools(const std::vector<PoolPlan>& pools) {
    std::vector<PoolGroup> groups;
    for (const auto& pool : pools) {
        auto group =
            std::find_if(groups.begin(), groups.end(), [&](const PoolGroup& one) { return one.has(pool); });
        if (group == groups.end())
            group = groups.insert(groups.end(), {pool, {}, pool.left_for_host, pool.left_for_host});
        group->nodes.push_back(pool.id.node);
        group->least_left = std::min(group->least_left, pool.left_for_host);
        group->most_left = std::max(group->most_left, pool.left_for_host);
    }
    return groups;
}

/// The columns of a row are for each of its nodes.
std::string pools_text(const Plan& plan) {
    TextTable rows{{"huge pages", "needed", "free", "promised", "to grow", "left for the host"}};
    for (const auto& [pool, nodes, least, most] : group_pools(plan.pools)) {
        const std::string node =
            nodes.size() == 1 ? std::to_string(nodes.front()) : "{" + number_list(nodes) + "}";
        const std::string left = format_size_short(least);
        const std::string right = format_size_short(most);
        rows.push_back({fmt::format("node{} {}", node, format_size(pool.id.page_size)),
                        std::to_string(pool.needed), std::to_string(pool.free), std::to_string(pool.promised),
                        std::to_string(pool.grow), left == right ? left : left + " to " + right});
    }
    return align(rows);
}

/// The path up to and including the last dot of its file's name; "" without a dot.
std::string_view before_ending(std::string_view path) {
    const auto dot = path.rfind('.');
    return dot == std::string_view::npos || path.find('/', dot) != std::string_view::npos
               ? std::string_view()
               : path.substr(0, dot + 1);
}

/// Joins the rows of two files that differ only in the value and the file's ending:
/// ".../vcpu{0-3}/cpuset.cpus.{exclusive,partition}". `to` is the index of the value's cell. If the value of
/// one file is a CPU list, it is omitted from the cell: the reason names the CPUs.
std::vector<FoldedRow> join_files(std::vector<FoldedRow> rows, std::size_t to) {
    std::vector<FoldedRow> joined;
    for (auto& row : rows) {
        const auto base = before_ending(row.path);
        const auto is_beside = [&](const FoldedRow& other) {
            if (base.empty() || base != before_ending(other.path) || other.path.ends_with('}')) return false;
            auto cells = other.cells;
            cells[to] = row.cells[to];
            return cells == row.cells;
        };
        const auto other = std::find_if(joined.begin(), joined.end(), is_beside);
        if (other == joined.end()) {
            joined.push_back(std::move(row));
            continue;
        }
        const bool is_of_cpus = other->path.ends_with("/cpuset.cpus.exclusive");
        other->path.insert(base.size(), "{");
        other->path += "," + row.path.substr(base.size()) + "}";
        other->cells[to] = (is_of_cpus ? "" : other->cells[to] + " + ") + row.cells[to];
        other->names_cpus = other->names_cpus || row.names_cpus;
    }
    return joined;
}

std::string changes_text(std::span<const Change> changes, bool has_phase) {
    std::vector<TargetRow> targets;
    for (const auto& change : changes) {
        std::vector<std::string> cells{change.knob, change.from, change.to, change.why};
        if (has_phase) cells.insert(cells.begin(), std::string(to_text(change.phase)));
        targets.push_back({std::move(cells), change.target, change.path});
    }
    std::vector<std::string> head{"knob", "from", "to", "file", "why"};
    if (has_phase) head.insert(head.begin(), "phase");
    ChangeTable table{std::move(head)};
    for (const auto& folded : join_files(fold_targets(targets), has_phase ? 3 : 2)) {
        auto row = folded.cells;
        const std::string& knob = row[has_phase ? 1 : 0];
        const bool is_shown = folded.names_cpus || row.back().starts_with(knob + " = ") ||
                              (has_phase && knob == "hugepages.reserve");
        row.insert(row.end() - 1, folded.path);
        table.add(std::move(row), is_shown);
    }
    return table.text();
}

Value change_node(const Change& change) {
    ValueTable row;
    put(row, "knob", change.knob);
    put(row, "target", change.target);
    put(row, "path", change.path);
    put(row, "from", change.from);
    put(row, "to", change.to);
    put(row, "phase", to_text(change.phase));
    put(row, "why", change.why);
    return {std::move(row), {}};
}

Value pool_node(const PoolPlan& pool) {
    ValueTable row;
    put(row, "node", std::uint64_t{pool.id.node});
    put(row, "page_size", pool.id.page_size);
    put(row, "needed", pool.needed);
    put(row, "free", pool.free);
    put(row, "promised", pool.promised);
    put(row, "grow", pool.grow);
    put(row, "missing", pool.missing);
    put(row, "left_for_host", pool.left_for_host);
    return {std::move(row), {}};
}

ValueArray notes_of(const Plan& plan, Severity severity) {
    ValueArray list;
    for (const auto& one : plan.notes.all())
        if (one.severity == severity) list.push_back({one.text(), {}});
    return list;
}
} // namespace

std::string render_text(const Plan& plan) {
    std::string text = printable(fmt::format("domain {} ({})\npolicy {} ({})\n", plan.domain, plan.uuid,
                                             plan.policy, plan.policy_file),
                                 "\n");
    if (!plan.pools.empty()) text += "\n" + pools_text(plan);
    if (plan.notes.has_errors()) return text;
    if (plan.changes.empty()) return text + "\nnothing to change\n";
    return text + "\n" + changes_text(plan.changes, true);
}

std::string render_progress(std::uint64_t done, std::uint64_t total, std::uint64_t gained,
                            std::chrono::microseconds elapsed) {
    std::string text = fmt::format("huge pages: {} of {}", format_size_short(done), format_size_short(total));
    const double seconds = std::chrono::duration<double>(elapsed).count();
    if (gained == 0 || seconds <= 0) return text;
    const double rate = static_cast<double>(gained) / seconds;
    const double left = static_cast<double>(total - std::min(done, total)) / rate;
    return text + fmt::format(", {}/s, {:.0f} s left", format_size_short(static_cast<std::uint64_t>(rate)),
                              std::ceil(left));
}

std::string render_text(std::span<const Change> changes) {
    return changes.empty() ? "nothing to change\n" : changes_text(changes, false);
}

ValueArray change_rows(std::span<const Change> changes) {
    ValueArray rows;
    for (const auto& change : changes)
        rows.push_back(change_node(change));
    return rows;
}

std::string render_json(const Plan& plan) {
    ValueTable table;
    put(table, "domain", plan.domain);
    put(table, "uuid", plan.uuid);
    put(table, "policy", plan.policy);
    put(table, "changes", change_rows(plan.changes));
    ValueArray pools;
    for (const auto& pool : plan.pools)
        pools.push_back(pool_node(pool));
    put(table, "pools", std::move(pools));
    put(table, "warnings", notes_of(plan, Severity::warning));
    put(table, "errors", notes_of(plan, Severity::error));
    return to_json({std::move(table), {}});
}

} // namespace hostlease
