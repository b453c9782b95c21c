#include "call_log.hpp"
#include "command.hpp"

#include "core/foreign_text.hpp"
#include "core/parse.hpp"
#include "core/text_table.hpp"
#include "core/units.hpp"
#include "text/value.hpp"

#include <algorithm>
#include <ctime>
#include <unistd.h>

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    std::vector<std::string> domain; // at most one
    std::string since;
    bool json = false;
};

constexpr std::size_t calls_shown = 40; // the number without --since
constexpr std::int64_t second = 1'000'000;

/// Parses "90s", "20min", "2h", "3d", "today", "2026-11-21", "2026-11-21 09:30" or "... 09:30:15", in local
/// time, to microseconds since 1970.
Result<std::int64_t> parse_since(const std::string& text, std::int64_t now) {
    constexpr std::pair<std::string_view, std::int64_t> units[] = {
        {"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    for (const auto& [unit, seconds] : units)
        if (const auto number = parse_integer<std::int64_t>(text.substr(0, digits));
            number && *number <= now / seconds && text.substr(digits) == unit)
            return (now - *number * seconds) * second;
    std::tm parts{};
    if (text == "today") {
        const std::time_t time = now;
        localtime_r(&time, &parts);
        parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
        parts.tm_isdst = -1;
        return mktime(&parts) * second;
    }
    for (const char* format : {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
        parts = {};
        const char* end = strptime(text.c_str(), format, &parts);
        parts.tm_isdst = -1;
        if (end != nullptr && *end == '\0') return mktime(&parts) * second;
    }
    return fail(ErrorKind::usage,
                "'" + text + "' is not a time\n  hint: examples are 2h, 3d, today and \"2026-11-21 09:30\"");
}

/// The parts that took most of the time of a long call.
std::string parts_text(const LoggedCall& call) {
    std::string text;
    const std::pair<const char*, std::int64_t> parts[] = {{"waiting for others", call.lock_usec},
                                                          {"growing pools", call.pages_usec},
                                                          {"setting values", call.writes_usec}};
    for (const auto& [what, usec] : parts)
        if (usec >= 1000)
            text += (text.empty() ? "" : ", ") + std::string(what) + " " +
                    format_duration(std::chrono::microseconds(usec));
    return text;
}

/// A message about a policy's line already has its severity, and has its hint on a separate line.
std::string note_text(const LoggedNote& note) {
    const std::string word = std::string(to_text(note.severity)) + ": ";
    std::string text;
    split(note.message, '\n', [&](std::string_view line) {
        const bool says_it = !text.empty() || note.message.find(": " + word) != std::string::npos;
        text += "      " + (says_it ? "" : word) + printable(std::string(line)) + "\n";
    });
    return text;
}

std::string as_text(const std::vector<LoggedCall>& calls) {
    if (calls.empty()) return "no calls\n";
    TextTable rows{{"time", "domain", "call", "took", "result", "of which"}};
    for (const auto& call : calls)
        rows.push_back(
            {local_time(call.time_usec / second), printable(call.domain), call.operation,
             call.duration_usec ? format_duration(std::chrono::microseconds(*call.duration_usec)) : "-",
             printable(call.message.empty() ? std::string(to_text(call.result)) : call.message),
             parts_text(call)});
    std::string text;
    std::size_t line = 0;
    split(align(rows), '\n', [&](std::string_view row) {
        if (row.empty()) return;
        text += std::string(row) + "\n";
        if (line++ == 0) return;
        for (const auto& note : calls[line - 2].notes)
            text += note_text(note);
    });
    return text;
}

Value call_node(const LoggedCall& call) {
    ValueTable row;
    put(row, "time_usec", call.time_usec);
    put(row, "domain", call.domain);
    put(row, "uuid", call.uuid);
    put(row, "operation", call.operation);
    put(row, "result", to_text(call.result));
    put(row, "message", call.message);
    if (call.duration_usec) put(row, "duration_usec", *call.duration_usec);
    put(row, "lock_usec", call.lock_usec);
    put(row, "pages_usec", call.pages_usec);
    put(row, "writes_usec", call.writes_usec);
    ValueArray notes;
    for (const auto& note : call.notes) {
        ValueTable one;
        put(one, "severity", to_text(note.severity));
        put(one, "message", note.message);
        put(one, "knob", note.knob);
        put(one, "target", note.target);
        notes.push_back({std::move(one), {}});
    }
    put(row, "notes", std::move(notes));
    return {std::move(row), {}};
}

ExitCode run(Host& host, const Options& options) {
    JournalQuery query{.root = options.root, .domain = {}, .boot_id = {}, .since_usec = 0};
    if (!options.domain.empty()) query.domain = options.domain.front();
    if (!options.since.empty()) {
        auto since = parse_since(options.since, host.wall_clock());
        if (!since) return complain(std::move(since).error().context("--since"));
        query.since_usec = *since;
    }
    auto calls = read_calls(query);
    if (!calls && calls.error().kind == ErrorKind::unsupported && geteuid() != 0)
        calls.error().message += "\n  hint: run this command as root, or join the group systemd-journal";
    if (!calls) return complain(calls.error());
    if (options.since.empty() && calls->size() > calls_shown)
        calls->erase(calls->begin(), calls->end() - static_cast<std::ptrdiff_t>(calls_shown));
    if (!options.json) {
        print(as_text(*calls));
        return ExitCode::done;
    }
    ValueTable table;
    ValueArray list;
    for (const auto& call : *calls)
        list.push_back(call_node(call));
    put(table, "calls", std::move(list));
    print(to_json({std::move(table), {}}));
    return ExitCode::done;
}

void add_options(OptionList& list, Options& options) {
    add_json(list, options.json);
    list.text(
        "--since", "TIME", options.since,
        "start of the period to show: 2h, 3d, today or \"2026-11-21 09:30\" (default: the last 40 calls)");
    list.words(0, 1, options.domain, {{.sources = {Candidates::Source::domains}}});
}
} // namespace

extern constinit const Verb verb_log{
    .name = "log",
    .category = Category::look,
    .summary = "Show the hook's last calls from the journal: their results and durations",
    .details = "",
    .words = "[DOMAIN]",
    .example = "hostlease log win11 --since 2h",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease
