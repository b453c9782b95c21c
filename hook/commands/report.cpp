#include "advice/report/kept_reports.hpp"
#include "command.hpp"
#include "directories.hpp"
#include "report_view.hpp"

#include <algorithm>

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    std::vector<std::string> domain; // one word, or none with --keep
    std::string connect;
    std::string baseline; // "-" is standard input
    std::string keep;     // a folder
    std::optional<std::chrono::seconds> boot;
    unsigned seconds = 5;
    Output output = Output::text; // Markdown if none was chosen
};

/// A report fails if a figure has become worse or misses a target of the policy.
ExitCode verdict_of(const DomainReport& report) {
    const bool is_good = count_regressions(report) == 0 && count_missed(report.targets) == 0;
    return is_good ? ExitCode::done : ExitCode::findings;
}

/// The worse of two exit codes: a failure before findings, findings before success.
ExitCode worse(ExitCode one, ExitCode other) {
    const auto rank = [](ExitCode code) {
        return code == ExitCode::done ? 0 : code == ExitCode::findings ? 1 : 2;
    };
    return rank(other) > rank(one) ? other : one;
}

/// Removes the kept reports that are too old or too many.
Status remove_outdated(Host& host, const std::string& directory) {
    for (const auto& name : outdated_reports(TRY(host.list(directory)), host.wall_clock()))
        TRY_VOID(host.remove(directory + "/" + name));
    return {};
}

Result<std::string> keep(Host& host, const std::string& directory, const DomainReport& report) {
    TRY_VOID(make_directories(host, directory));
    auto path = directory + "/" + kept_name(report.guest.name, report.taken);
    TRY_VOID(host.replace(path, report_json(report)));
    return path;
}

bool still_runs(const std::string& uri, const std::string& uuid) {
    const auto running = running_domains(uri);
    return !running || std::find(running->begin(), running->end(), uuid) != running->end();
}

/// Keeps a report of one VM or of all running VMs. One failure does not stop the others. If no VM was named,
/// a VM that has ended meanwhile is not a failure.
ExitCode keep_reports(Host& host, const Options& options, ReportSubject subject) {
    auto domains = options.domain;
    if (domains.empty()) {
        const auto running = running_domains(options.connect);
        if (!running) return complain(running.error());
        domains = *running;
    }
    ExitCode code = ExitCode::done;
    for (const auto& domain : domains) {
        subject.domain = domain;
        const auto report = look_at_report(host, subject);
        if (!report) {
            if (!options.domain.empty() || still_runs(options.connect, domain))
                code = worse(code, report.error());
            continue;
        }
        code = worse(code, verdict_of(*report));
        const auto path = keep(host, options.keep, *report);
        if (!path) return complain(path.error());
        print(*path + "\n");
    }
    if (host.status(options.keep))
        if (const auto status = remove_outdated(host, options.keep); !status) return complain(status.error());
    return code;
}

/// Why these options contradict each other; "" if they do not.
std::string misuse(const Options& options) {
    const bool keeps = !options.keep.empty();
    if (keeps && options.output != Output::text)
        return "--keep writes JSON files and prints their names; it takes neither --json nor --markdown";
    if (keeps && !options.keep.starts_with('/'))
        return "--keep: '" + options.keep + "' is not an absolute path";
    if (options.domain.empty() && !keeps) return "report needs the name of one domain" + help_hint("report");
    if (options.domain.empty() && (options.boot || !options.baseline.empty()))
        return "--baseline and --boot need the name of one domain";
    return "";
}

ExitCode run(Host& host, const Options& options) {
    if (const auto what = misuse(options); !what.empty())
        return complain(Error{ErrorKind::usage, what, {}, 0});
    ReportSubject subject{"", options.connect, options.baseline, options.seconds, options.boot};
    if (!options.keep.empty()) return keep_reports(host, options, subject);
    subject.domain = options.domain.front();
    const auto report = look_at_report(host, subject);
    if (!report) return report.error();
    print(options.output == Output::json ? report_json(*report) : report_markdown(*report));
    return verdict_of(*report);
}

void add_options(OptionList& list, Options& options) {
    add_output(list, options.output, {Output::json, Output::markdown});
    add_connect(list, options.connect);
    list.text("--baseline", "FILE", options.baseline,
              "JSON of an earlier report to compare with; - is standard input",
              {.sources = {Candidates::Source::files}});
    list.text("--keep", "DIR", options.keep,
              "write JSON into this folder, for all running VMs if none is named; keep 30 per VM for 90 days",
              {.sources = {Candidates::Source::folders}});
    list.add({"--boot",
              Option::Value::optional,
              "SECONDS",
              "first wait for the guest agent, until 120 or SECONDS seconds after QEMU's start",
              {},
              [&](const std::string& text) -> Status {
                  constexpr unsigned usual = 120;
                  options.boot = std::chrono::seconds(
                      text.empty() ? usual : TRY(parse_seconds(text, longest_measuring)));
                  return {};
              }});
    add_seconds(list, options.seconds, "duration of the measurement, 1 to 3600 (default: 5)");
    list.words(0, 1, options.domain, {{.sources = {Candidates::Source::domains}}});
}
} // namespace

extern constinit const Verb verb_report{
    .name = "report",
    .category = Category::advise,
    .summary = "Measure a running VM and describe its setup, as Markdown",
    .details =
        "Exit code 3 if a figure or score is worse than in the baseline, or misses a target of the policy.",
    .words = "[DOMAIN]",
    .example = "hostlease report win11 --baseline win11.json",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease
