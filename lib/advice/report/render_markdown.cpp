#include "advice/audit/render.hpp"
#include "advice/report/domain_report.hpp"
#include "core/foreign_text.hpp"
#include "core/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

namespace hostlease {

namespace {
std::string absent(std::string_view why) {
    return "not available" + (why.empty() ? "" : ": " + markdown_text(why));
}

std::string or_absent(const std::string& text) { return text.empty() ? absent("") : markdown_text(text); }

/// The name as Markdown code, or escaped if code cannot contain it.
std::string code(const std::string& name) {
    return name.find_first_of("`|") == std::string::npos && !has_control_characters(name)
               ? "`" + name + "`"
               : markdown_text(name);
}

using Cells = std::vector<std::string>;

std::string row(const Cells& cells) {
    std::string line = "|";
    for (const auto& cell : cells)
        line += " " + cell + (cell.empty() ? "|" : " |");
    return line + "\n";
}

/// A table with this head; the cells must be Markdown.
std::string table(const Cells& head, const std::vector<Cells>& rows) {
    std::string text = row(head) + "|";
    for (std::size_t column = 0; column < head.size(); ++column)
        text += " --- |";
    text += "\n";
    for (const auto& cells : rows)
        text += row(cells);
    return text;
}

std::string section(std::string_view title, const std::string& text) {
    return fmt::format("\n## {}\n\n{}", title, text);
}

std::string size_or_absent(std::uint64_t bytes) { return bytes == 0 ? absent("") : format_size_short(bytes); }

std::string host_text(const HostSummary& host) {
    const std::string cores = host.cores == 0 ? "" : fmt::format(", {} cores", host.cores);
    return table({"", ""}, {{"CPU", or_absent(host.cpu)},
                            {"CPUs online", or_absent(to_list(host.online)) + cores},
                            {"memory", size_or_absent(host.memory)},
                            {"kernel", or_absent(host.kernel)},
                            {"libvirt", or_absent(host.libvirt)},
                            {"QEMU", or_absent(host.qemu)}});
}

std::string guest_text(const GuestSummary& guest) {
    return table({"", ""}, {{"uuid", markdown_text(guest.uuid)},
                            {"state", or_absent(guest.state)},
                            {"vCPUs", guest.vcpus ? std::to_string(*guest.vcpus) : absent("")},
                            {"memory", guest.memory ? format_size_short(*guest.memory) : absent("")},
                            {"machine type", or_absent(guest.machine)}});
}

std::string size_or_nothing(const std::optional<std::uint64_t>& bytes) {
    return bytes ? format_size_short(*bytes) : "";
}

/// A table below its caption, or one line that says why there is none.
template <typename T, typename Row>
std::string list_text(std::string_view caption, const Cells& head, const Known<std::vector<T>>& list,
                      Row row_of) {
    if (!list.value) return fmt::format("\n{}: {}\n", caption, absent(list.absent));
    if (list.value->empty()) return fmt::format("\n{}: none\n", caption);
    std::vector<Cells> rows;
    for (const auto& one : *list.value)
        rows.push_back(row_of(one));
    return "\n" + table(head, rows);
}

std::string inside_text(const Known<GuestFacts>& known) {
    if (!known.value) return absent(known.absent) + "\n";
    const GuestFacts& inside = *known.value;
    const auto& system = inside.system;
    const auto& processors = inside.processors;
    const auto name_disks = [](const GuestFilesystem& one) {
        return Cells{markdown_text(one.mountpoint), markdown_text(one.type), size_or_nothing(one.total),
                     size_or_nothing(one.used),
                     markdown_text(fmt::format("{}", fmt::join(one.targets, ", ")))};
    };
    const auto name_disk = [](const GuestDisk& disk) {
        return Cells{markdown_text(disk.name), markdown_text(disk.target)};
    };
    const auto name_driver = [](const GuestDriver& one) {
        return Cells{markdown_text(one.name), markdown_text(one.version)};
    };
    return table(
               {"", ""},
               {{"system", system.value ? or_absent(system.value->name) : absent(system.absent)},
                {"kernel", system.value ? or_absent(system.value->kernel) : absent(system.absent)},
                {"processors", processors.value ? to_list(processors.value->all) : absent(processors.absent)},
                {"of them online",
                 processors.value ? to_list(processors.value->online) : absent(processors.absent)}}) +
           list_text("file systems", {"mounted at", "type", "size", "used", "disks of the VM"},
                     inside.filesystems, name_disks) +
           list_text("disks", {"disk in the guest", "disk of the VM"}, inside.disks, name_disk) +
           list_text("drivers", {"driver", "version"}, inside.drivers, name_driver);
}

std::string lease_text(const DomainReport& report) {
    if (!report.lease.value) return absent(report.lease.absent) + "\n";
    const Lease& lease = *report.lease.value;
    std::vector<Cells> rows{
        {"state", std::string(to_text(lease.state))},
        {"policy", fmt::format("{} ({})", markdown_text(lease.policy), markdown_text(lease.policy_file))},
        {"since", format_utc(lease.since)}};
    for (const auto& promise : lease.promises)
        rows.push_back({fmt::format("node {}", promise.pool.node),
                        fmt::format("{} pages of {}", promise.pages, format_size(promise.pool.page_size))});
    return table({"", ""}, rows);
}

std::string drift_text(const DomainReport& report) {
    if (!report.findings.value) return absent(report.findings.absent) + "\n";
    std::string text;
    for (const auto& what : *report.findings.value)
        text += "- " + markdown_text(what) + "\n";
    return text.empty() ? "none\n" : text;
}

std::string change_text(const GroupScore& score, const ScoreChange& change) {
    if (!change.before) return "";
    const auto before = static_cast<std::int64_t>(change.before->of - change.before->passed);
    const auto more = std::int64_t{score.of} - std::int64_t{score.passed} - before;
    if (more == 0) return "=";
    return fmt::format("{} {} {}{}", std::abs(more), more > 0 ? "more" : "fewer",
                       more == 1 || more == -1 ? "fails" : "fail",
                       change.is_regression ? " **regression**" : "");
}

std::string scores_text(const DomainReport& report, const AuditReport& audit) {
    const auto changes =
        report.baseline ? compare(audit.scores, *report.baseline) : std::vector<ScoreChange>{};
    std::vector<Cells> rows;
    for (std::size_t index = 0; index < audit.scores.size(); ++index) {
        const GroupScore& score = audit.scores[index];
        Cells cells{std::string(name_of(score.group)), score_text(score)};
        if (report.baseline) {
            const auto& before = changes[index].before;
            cells.push_back(before ? fmt::format("{} of {}", before->passed, before->of) : absent(""));
            cells.push_back(change_text(score, changes[index]));
        }
        rows.push_back(std::move(cells));
    }
    return table(report.baseline ? Cells{"group", "passed", "before", "change"} : Cells{"group", "passed"},
                 rows);
}

/// The found and wanted values of all findings. `hostlease audit` shows the reasons.
std::string audit_text(const DomainReport& report) {
    if (!report.audit.value) return absent(report.audit.absent) + "\n";
    const AuditReport& audit = *report.audit.value;
    std::string text = audit.scores.empty() ? "" : scores_text(report, audit) + "\n";
    text += totals(audit) + "; " + code("hostlease audit " + report.guest.name) + " shows why\n";
    std::string list;
    each_finding(audit, [&](const RuleResult& result, const AuditFinding& finding) {
        const std::string place = finding.line == 0 ? "host" : fmt::format("line {}", finding.line);
        list += fmt::format("- {} {}, {}: {}{}\n", audit_word(severity_of(*result.rule, finding)),
                            result.rule->id, place, markdown_text(finding.found),
                            finding.wanted.empty() ? "" : "; wanted: " + markdown_text(finding.wanted));
    });
    for (const auto& line : by_reason(audit, Verdict::ignored))
        list += "- ignored by " + markdown_text(line) + "\n";
    return text + (list.empty() ? "" : "\n" + list);
}

std::string timings_text(const DomainReport& report) {
    if (!report.lease.value || report.lease.value->timings.empty()) return "";
    std::vector<Cells> rows;
    for (const auto& timing : report.lease.value->timings)
        rows.push_back({timing.operation, format_duration(timing.total), format_duration(timing.lock),
                        format_duration(timing.pages), format_duration(timing.writes)});
    return section("Calls of the hook",
                   table({"call", "total", "waiting for others", "huge pages", "other writes"}, rows));
}

std::string pools_text(const DomainReport& report) {
    const std::string qemu =
        report.huge_memory.value ? format_size(*report.huge_memory.value) : absent(report.huge_memory.absent);
    std::vector<Cells> rows;
    rows.reserve(report.pools.size());
    for (const auto& pool : report.pools)
        rows.push_back({std::to_string(pool.id.node), format_size(pool.id.page_size),
                        std::to_string(pool.total), std::to_string(pool.free)});
    return "QEMU has touched: " + qemu + "\n" +
           (rows.empty() ? "" : "\n" + table({"node", "page size", "pages", "free"}, rows));
}

std::string threads_text(const DomainReport& report) {
    if (!report.threads.value) return absent(report.threads.absent) + "\n";
    std::vector<Cells> rows;
    for (const auto& thread : *report.threads.value)
        rows.push_back({markdown_text(thread.role), markdown_text(thread.name),
                        thread.cpus.value ? to_list(*thread.cpus.value) : absent(thread.cpus.absent),
                        thread.scheduling.value ? markdown_text(*thread.scheduling.value)
                                                : absent(thread.scheduling.absent)});
    return table({"thread", "name", "may run on", "scheduling"}, rows);
}

std::string value_text(Unit unit, double value) {
    const std::string rate = unit == Unit::bytes_per_second ? "/s" : "";
    if ((unit == Unit::bytes || unit == Unit::bytes_per_second) && value >= 0 && value < 1e18)
        return format_size_short(static_cast<std::uint64_t>(std::llround(value))) + rate;
    if (unit == Unit::milliseconds && std::abs(value) < 1e12)
        return format_duration(std::chrono::microseconds(std::llround(value * 1000)));
    return fmt::format("{:.{}f} {}", value, std::abs(value) < 10 ? 2 : 1, to_text(unit));
}

std::string change_text(const Figure& figure, const FigureChange& change) {
    if (!figure.value || !change.before) return "";
    const double difference = *figure.value - *change.before;
    if (difference == 0) return "=";
    if (*change.before == 0) return difference > 0 ? "up from 0" : "down from 0";
    const double percent = std::round(difference / std::abs(*change.before) * 100);
    return percent == 0 ? "0 %" : fmt::format("{:+.0f} %", percent);
}

std::string figures_text(const DomainReport& report) {
    const auto changes =
        report.baseline ? compare(report.figures, *report.baseline) : std::vector<FigureChange>{};
    std::vector<Cells> rows;
    for (std::size_t index = 0; index < report.figures.size(); ++index) {
        const Figure& figure = report.figures[index];
        const Unit unit = figure.kind->unit;
        const std::string bound = figure.is_at_least ? ">= " : "";
        Cells cells{code(figure.name()),
                    figure.value ? bound + value_text(unit, *figure.value) : absent(figure.absent)};
        if (report.baseline) {
            const FigureChange& change = changes[index];
            cells.push_back(change.before ? value_text(unit, *change.before) : absent(""));
            cells.push_back(change_text(figure, change) + (change.is_regression ? " **regression**" : ""));
        }
        cells.emplace_back(figure.kind->what);
        rows.push_back(std::move(cells));
    }
    Cells head{"figure", "now"};
    if (report.baseline) head.insert(head.end(), {"before", "change"});
    head.emplace_back("");
    return table(head, rows);
}

std::string value_text(const TargetSpec& spec, double value) {
    return value_text(spec.is_time ? Unit::milliseconds : Unit::percent, value);
}

std::string limit_text(const TargetSpec& spec, std::int64_t limit) {
    if (spec.is_time && limit >= 1000 && limit % 1000 == 0) return fmt::format("{} s", limit / 1000);
    return fmt::format("{} {}", limit, to_text(spec.is_time ? Unit::milliseconds : Unit::percent));
}

std::string targets_text(std::span<const TargetResult> targets) {
    std::vector<Cells> rows;
    std::array<int, 3> counts{};
    for (const auto& result : targets) {
        const TargetSpec& spec = *result.spec;
        const auto grade = result.grade();
        if (grade) ++counts.at(static_cast<std::size_t>(*grade));
        rows.push_back({code(std::string(spec.name)),
                        grade ? value_text(spec, *result.value.value) : absent(result.value.absent),
                        grade ? std::string(to_text(*grade)) : "",
                        limit_text(spec, result.target) + (result.is_set ? " (policy)" : ""),
                        limit_text(spec, result.acceptable), std::string(spec.what)});
    }
    const auto measured = counts[0] + counts[1] + counts[2];
    return fmt::format("{} of {} measured: {} PASS, {} acceptable, {} FAIL\n\n", measured, targets.size(),
                       counts[0], counts[1], counts[2]) +
           table({"target", "now", "", "PASS below", "acceptable up to", ""}, rows);
}

std::string verdict_text(const DomainReport& report) {
    if (!report.baseline) return "";
    const auto count = count_regressions(report);
    std::string text = fmt::format("Compared with the report of {}, over {:.1f} s: {}.\n",
                                   format_utc(report.baseline->taken), report.baseline->seconds,
                                   count == 0   ? "no regression"
                                   : count == 1 ? "**1 regression**"
                                                : fmt::format("**{} regressions**", count));
    const auto changes = changed_versions(versions_of(report), report.baseline->versions);
    if (!changes.empty()) text += "\n";
    for (const auto& change : changes)
        text += fmt::format("- {} changed from {} to {}\n", markdown_text(change.name),
                            markdown_text(change.before), markdown_text(change.now));
    return text;
}
} // namespace

std::size_t count_regressions(const DomainReport& report) {
    if (!report.baseline) return 0;
    const auto is_worse = [](const auto& change) { return change.is_regression; };
    const auto figures = compare(report.figures, *report.baseline);
    const auto scores = report.audit.value ? compare(report.audit.value->scores, *report.baseline)
                                           : std::vector<ScoreChange>{};
    return static_cast<std::size_t>(std::count_if(figures.begin(), figures.end(), is_worse) +
                                    std::count_if(scores.begin(), scores.end(), is_worse));
}

std::string report_markdown(const DomainReport& report) {
    return fmt::format("# Report of {}\n\nMeasured until {}, over {:.1f} s.\n",
                       markdown_text(report.guest.name), format_utc(report.taken), report.seconds) +
           verdict_text(report) + section("Host", host_text(report.host)) +
           section("VM", guest_text(report.guest)) + section("Guest", inside_text(report.inside)) +
           section("Lease", lease_text(report)) + section("Drift", drift_text(report)) +
           timings_text(report) + section("Audit", audit_text(report)) +
           section("Huge pages", pools_text(report)) + section("Threads", threads_text(report)) +
           (report.targets.empty() ? "" : section("Targets", targets_text(report.targets))) +
           section("Figures", figures_text(report));
}

} // namespace hostlease
