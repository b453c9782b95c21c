#include "plan/render.hpp"

#include "core/foreign_text.hpp"
#include "core/text_table.hpp"
#include "core/units.hpp"
#include "plan/target_groups.hpp"
#include "read/toml.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace hostlease {

namespace {
std::string pools_text(const Plan& plan) {
    TextTable rows{{"huge pages", "needed", "free", "promised", "to grow", "left for the host"}};
    for (const auto& pool : plan.pools)
        rows.push_back({fmt::format("node{} {}", pool.id.node, format_size(pool.id.page_size)), std::to_string(pool.needed),
                        std::to_string(pool.free), std::to_string(pool.promised), std::to_string(pool.grow),
                        format_size_short(pool.left_for_host)});
    return align(rows);
}

/// One row for changes of which all is the same but their targets.
std::string changes_text(std::span<const Change> changes, bool has_phase) {
    TargetGroups groups;
    for (const auto& change : changes) {
        std::vector<std::string> cells{change.knob, change.from, change.to, change.why};
        if (has_phase) cells.insert(cells.begin(), std::string(to_text(change.phase)));
        groups.add(std::move(cells), {change.target, change.path});
    }
    std::vector<std::string> head{"knob", "from", "to", "file", "why"};
    if (has_phase) head.insert(head.begin(), "phase");
    TextTable rows{std::move(head)};
    for (const auto& group : groups.list()) {
        auto& row = rows.emplace_back(group.cells);
        row.insert(row.end() - 1, joined_paths(group.paths));
    }
    return align(rows);
}

TomlNode change_node(const Change& change) {
    TomlTable row;
    put(row, "knob", change.knob);
    put(row, "target", change.target);
    put(row, "path", change.path);
    put(row, "from", change.from);
    put(row, "to", change.to);
    put(row, "phase", to_text(change.phase));
    put(row, "why", change.why);
    return {std::move(row), {}};
}

TomlNode pool_node(const PoolPlan& pool) {
    TomlTable row;
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

TomlArray notes_of(const Plan& plan, Severity severity) {
    TomlArray list;
    for (const auto& one : plan.notes.all())
        if (one.severity == severity) list.push_back({one.text(), {}});
    return list;
}
} // namespace

std::string render_text(const Plan& plan) {
    std::string text =
        printable(fmt::format("domain {} ({})\npolicy {} ({})\n", plan.domain, plan.uuid, plan.policy, plan.policy_file), "\n");
    if (!plan.pools.empty()) text += "\n" + pools_text(plan);
    if (plan.notes.has_errors()) return text;
    if (plan.changes.empty()) return text + "\nnothing to change\n";
    return text + "\n" + changes_text(plan.changes, true);
}

std::string render_progress(std::uint64_t done, std::uint64_t total, std::uint64_t gained, std::chrono::microseconds elapsed) {
    std::string text = fmt::format("huge pages: {} of {}", format_size_short(done), format_size_short(total));
    const double seconds = std::chrono::duration<double>(elapsed).count();
    if (gained == 0 || seconds <= 0) return text;
    const double rate = static_cast<double>(gained) / seconds;
    const double left = static_cast<double>(total - std::min(done, total)) / rate;
    return text + fmt::format(", {}/s, {:.0f} s left", format_size_short(static_cast<std::uint64_t>(rate)), std::ceil(left));
}

std::string render_text(std::span<const Change> changes) {
    return changes.empty() ? "nothing to change\n" : changes_text(changes, false);
}

TomlArray change_rows(std::span<const Change> changes) {
    TomlArray rows;
    for (const auto& change : changes)
        rows.push_back(change_node(change));
    return rows;
}

std::string render_json(const Plan& plan) {
    TomlTable table;
    put(table, "domain", plan.domain);
    put(table, "uuid", plan.uuid);
    put(table, "policy", plan.policy);
    put(table, "changes", change_rows(plan.changes));
    TomlArray pools;
    for (const auto& pool : plan.pools)
        pools.push_back(pool_node(pool));
    put(table, "pools", std::move(pools));
    put(table, "warnings", notes_of(plan, Severity::warning));
    put(table, "errors", notes_of(plan, Severity::error));
    return to_json({std::move(table), {}});
}

} // namespace hostlease
