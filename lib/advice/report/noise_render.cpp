#include "advice/report/noise.hpp"
#include "core/text_table.hpp"
#include "core/units.hpp"
#include "text/value.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace hostlease {

namespace {
constexpr std::size_t most_sources = 3; // the shown interrupts of each CPU

std::string number(double value) { return fmt::format("{:.{}f}", value, value == 0 || value >= 100 ? 0 : 1); }

/// Shows latencies in whole microseconds, as the tools count them.
std::string value_text(const Figure& figure) {
    if (!figure.value) return "-";
    if (figure.kind->unit != Unit::microseconds) return number(*figure.value);
    return fmt::format("{}{:.0f}", figure.is_at_least ? ">=" : "", *figure.value);
}

using Cells = std::vector<std::string>;

/// The values of these figures in the earlier measurement.
Cells earlier_cells(std::span<const Figure> figures, const Baseline& earlier) {
    Cells cells;
    for (const auto& change : compare(figures, earlier)) {
        Figure before = figures[cells.size()];
        before.value = change.before;
        before.is_at_least = false;
        cells.push_back(value_text(before));
    }
    return cells;
}

void add_row(TextTable& rows, Cells head, const Cells& cells) {
    head.insert(head.end(), cells.begin(), cells.end());
    rows.push_back(std::move(head));
}

std::string table_of(const Measurement& all, const CpuGroup& group) {
    TextTable rows;
    const auto head = [&](const std::string& first) { return all.earlier ? Cells{first, ""} : Cells{first}; };
    add_row(rows, head(""),
            {"interrupts", "softirqs", "switches", "busy", "steal", "loop delayed", "", "", "",
             "late wake-ups", "", ""});
    add_row(rows, head("CPU"),
            {"/s", "/s", "/s", "%", "%", "/s", "median us", "p99", "longest", "median us", "p99", "longest"});
    for (const auto& noise : all.cpus) {
        if (!group.cpus.contains(noise.cpu)) continue;
        const auto figures = figures_of(noise);
        Cells now;
        for (const auto& figure : figures)
            now.push_back(value_text(figure));
        const std::string cpu = std::to_string(noise.cpu);
        if (all.earlier) add_row(rows, {cpu, "before"}, earlier_cells(figures, all.earlier->figures));
        add_row(rows, all.earlier ? Cells{"", "now"} : Cells{cpu}, now);
    }
    return align(rows);
}

std::string sources_of(const Measurement& all) {
    TextTable rows;
    for (const auto& noise : all.cpus)
        for (std::size_t place = 0; place < std::min(most_sources, noise.activity.sources.size()); ++place) {
            const auto& source = noise.activity.sources[place];
            rows.push_back(
                {place == 0 ? std::to_string(noise.cpu) : "", source.name, number(source.rate), source.what});
        }
    if (rows.empty()) return "";
    rows.insert(rows.begin(), {"CPU", "interrupt", "/s", ""});
    return "\n" + align(rows);
}

/// The reasons why figures are missing, one line each with its CPUs.
std::string reasons_of(const Measurement& all) {
    std::vector<std::pair<std::string, CpuSet>> reasons;
    const auto add = [&](const std::string& what, unsigned cpu) {
        auto found = std::find_if(reasons.begin(), reasons.end(),
                                  [&](const auto& reason) { return reason.first == what; });
        if (found == reasons.end()) found = reasons.insert(reasons.end(), {what, {}});
        found->second.add(cpu);
    };
    for (const auto& noise : all.cpus) {
        if (!noise.oslat.value) add("no busy loop: " + noise.oslat.absent, noise.cpu);
        if (!noise.cyclictest.value) add("no wake-ups: " + noise.cyclictest.absent, noise.cpu);
        if (!noise.activity.switches.value) add("no switches: " + noise.activity.switches.absent, noise.cpu);
        if (!noise.activity.interrupts.value)
            add("no interrupts: " + noise.activity.interrupts.absent, noise.cpu);
    }
    std::string text;
    for (const auto& [what, cpus] : reasons)
        text += "CPU " + to_list(cpus) + ": " + what + "\n";
    return text;
}

std::string head_of(const Measurement& all) {
    std::string text = fmt::format("measured {}, {} s per run, {}, kernel {}\n", format_utc(all.taken),
                                   all.seconds, all.load.empty() ? "no load" : "under " + all.load,
                                   all.kernel.empty() ? "?" : all.kernel);
    if (!all.domain.empty()) text += all.domain + " " + all.state + "\n";
    if (!all.earlier) return text;
    const EarlierNoise& earlier = *all.earlier;
    text += "before: " + format_utc(earlier.figures.taken);
    if (!earlier.figures.domain.empty()) text += ", " + earlier.figures.domain + " " + earlier.state;
    return text + "\n";
}

ValueTable histogram_of(const Latencies& latencies) {
    ValueTable table;
    for (const auto& [bucket, count] : latencies.counts)
        put(table, std::to_string(bucket), count);
    return table;
}

void put_latencies(ValueTable& row, const std::string& key, const Known<Latencies>& known) {
    ValueTable table;
    if (known.value) {
        put(table, "histogram", histogram_of(*known.value));
        put(table, "above", known.value->above);
        put(table, "limit", std::int64_t{known.value->limit});
    } else {
        put(table, "not_available", known.absent);
    }
    put(row, key, std::move(table));
}

ValueArray source_rows(const CpuNoise& noise) {
    ValueArray rows;
    for (const auto& source : noise.activity.sources) {
        ValueTable row;
        put(row, "name", source.name);
        put(row, "what", source.what);
        put(row, "per_second", source.rate);
        rows.push_back({std::move(row), {}});
    }
    return rows;
}

ValueArray cpu_rows(const Measurement& all) {
    ValueArray rows;
    for (const auto& noise : all.cpus) {
        ValueTable row;
        put(row, "cpu", std::int64_t{noise.cpu});
        for (const auto& group : all.groups)
            if (group.cpus.contains(noise.cpu)) put(row, "group", group.name);
        put(row, "interrupts", source_rows(noise));
        put_latencies(row, "oslat", noise.oslat);
        put_latencies(row, "cyclictest", noise.cyclictest);
        rows.push_back({std::move(row), {}});
    }
    return rows;
}

ValueArray text_rows(const std::vector<std::string>& texts) {
    ValueArray rows;
    for (const auto& text : texts)
        rows.push_back({text, {}});
    return rows;
}
} // namespace

std::string noise_text(const Measurement& measurement) {
    std::string text = head_of(measurement);
    for (const auto& what : differences(measurement))
        text += "note: " + what + "\n";
    for (const auto& group : measurement.groups)
        text += "\n" + (group.name.empty() ? "" : group.name + "\n") + table_of(measurement, group);
    text += sources_of(measurement);
    const std::string reasons = reasons_of(measurement);
    text += (reasons.empty() && measurement.notes.empty() ? "" : "\n") + reasons;
    for (const auto& note : measurement.notes)
        text += note + "\n";
    return text;
}

std::string noise_json(const Measurement& measurement) {
    ValueTable table;
    put(table, "format", noise_format);
    put(table, "taken", measurement.taken);
    put(table, "seconds", std::int64_t{measurement.seconds});
    put(table, "kernel", measurement.kernel);
    put(table, "load", measurement.load);
    if (!measurement.domain.empty()) {
        put(table, "domain", measurement.domain);
        put(table, "state", measurement.state);
    }
    put(table, "cpus", to_list(measurement.all_cpus()));
    put(table, "measured", cpu_rows(measurement));
    std::vector<Figure> figures;
    for (const auto& noise : measurement.cpus)
        for (auto& figure : figures_of(noise))
            figures.push_back(std::move(figure));
    put(table, "figures",
        figure_rows(figures, measurement.earlier ? &measurement.earlier->figures : nullptr,
                    Regressions::untold));
    put(table, "notes", text_rows(measurement.notes));
    if (measurement.earlier) put(table, "differences", text_rows(differences(measurement)));
    return to_json({std::move(table), {}});
}

} // namespace hostlease
