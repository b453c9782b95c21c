#include "command.hpp"
#include "status_view.hpp"

#include "core/text_table.hpp"
#include "core/units.hpp"
#include "plan/fold_targets.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace hostlease {

namespace {
/// Lines for one knob; thousands of interrupts with different CPUs would hide the rest.
constexpr std::size_t most_lines = 12;

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string pages_text(const Lease& lease) {
    std::string text;
    for (const auto& promise : lease.promises)
        text += (text.empty() ? "" : ", ") + std::to_string(promise.pages) + " x " +
                format_size(promise.pool.page_size) + " on node" + std::to_string(promise.pool.node);
    return or_dash(text);
}

std::string leases_text(const StatusView& view) {
    if (view.leases.empty()) return "no leases\n";
    TextTable rows{
        {"domain", "state", "policy", "since", "CPUs", "huge pages", "prepare", "start", "started"}};
    for (const Lease* lease : view.leases) {
        auto& row = rows.emplace_back(std::vector<std::string>{
            lease->domain, std::string(to_text(lease->state)), lease->policy, local_time(lease->since),
            or_dash(to_list(own_cpus(*lease))), pages_text(*lease)});
        for (const auto* operation : {"prepare", "start", "started"}) {
            const Timing* timing = lease->timing(operation);
            row.push_back(timing == nullptr ? "-" : format_duration(timing->total));
        }
    }
    return align(rows);
}

/// The parts of the time of each call for these VMs.
std::string timings_text(const StatusView& view) {
    TextTable rows{{"call", "domain", "took", "waiting for others", "growing pools", "setting values"}};
    for (const Lease* lease : view.leases)
        for (const auto& timing : lease->timings)
            rows.push_back({timing.operation, lease->domain, format_duration(timing.total),
                            format_duration(timing.lock), format_duration(timing.pages),
                            format_duration(timing.writes)});
    return rows.size() == 1 ? "" : "\n" + align(rows);
}

/// "dense.toml:4"
std::string policy_line(const Claim& claim) {
    const std::string place = claim.position.file.substr(claim.position.file.rfind('/') + 1);
    return claim.position.line == 0 ? place : place + ":" + std::to_string(claim.position.line);
}

/// The texts without repetitions, in their order.
template <typename Text>
std::string all_of(const std::vector<Holding>& holdings, Text text) {
    std::vector<std::string> list;
    std::set<std::string> known;
    for (const auto& one : holdings)
        if (std::string next = text(one); known.insert(next).second) list.push_back(std::move(next));
    return or_dash(first_few(list));
}

struct Holders {
    std::string names;
    std::string lines;
};

/// One row for targets that differ only in their names.
std::vector<FoldedRow> knob_rows(const StatusView& view) {
    std::vector<TargetRow> rows;
    rows.reserve(view.knobs.size());
    std::map<const std::vector<Holding>*, Holders> known;
    for (const auto& knob : view.knobs) {
        const KnobRecord& record = *knob.record;
        // unchanged by any write
        if (!record.beside.empty() && knob.holdings->empty() && knob.now == record.baseline) continue;
        const auto [holders, is_unknown] = known.emplace(knob.holdings, Holders{});
        if (is_unknown)
            holders->second = {
                all_of(*knob.holdings, [](const Holding& one) { return one.lease->domain; }),
                all_of(*knob.holdings, [](const Holding& one) { return policy_line(*one.claim); })};
        rows.push_back(
            {{record.knob, record.baseline, knob.now, holders->second.names, holders->second.lines},
             record.target,
             record.path});
    }
    return fold_targets(rows);
}

std::string knobs_text(const StatusView& view) {
    if (view.knobs.empty()) return "";
    TextTable table{{"knob", "before", "now", "held by", "asked for in", "file"}};
    std::map<std::string, std::size_t> lines;
    std::map<std::string, std::size_t> left_out;
    for (const auto& row : knob_rows(view)) {
        const std::string& knob = row.cells.front();
        if (++lines[knob] > most_lines) {
            left_out[knob] += row.targets;
            continue;
        }
        table.emplace_back(row.cells).push_back(row.path);
    }
    std::string text = "\n" + align(table);
    for (const auto& [knob, count] : left_out)
        text += "  and " + std::to_string(count) + " more of " + knob + "; --json shows them\n";
    return text;
}

/// One line for targets with the same finding.
std::string findings_text(const StatusView& view) {
    std::vector<TargetRow> rows;
    for (const auto& finding : view.findings)
        rows.push_back({{finding.what}, finding.target, finding.path});
    std::string text;
    for (const auto& row : fold_targets(rows)) {
        const bool is_named = row.path.empty() || row.cells.front().starts_with(row.path);
        text += "\n" + (is_named ? "" : row.path + ": ") + row.cells.front() + "\n";
    }
    for (const auto& note : view.notes)
        text += "\n" + note + "\n";
    return text;
}
} // namespace

std::string status_text(const StatusView& view) {
    std::string text = leases_text(view);
    if (!view.is_whole) text += timings_text(view);
    return text + knobs_text(view) + findings_text(view);
}

} // namespace hostlease
