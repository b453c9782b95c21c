#include "advice/report/counters.hpp"
#include "advice/report/noise.hpp"
#include "command.hpp"
#include "earlier_file.hpp"
#include "measure_scope.hpp"
#include "measure_tools.hpp"

#include <unistd.h>

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    std::vector<std::string> domain; // at most one
    std::string connect;
    std::optional<CpuSet> cpus;
    unsigned seconds = 5;
    std::string baseline; // "-" is standard input
    std::string svg;      // "-" is standard output
    bool load = false;
    bool force = false;
    bool json = false;
};

template <typename T, typename Read>
Known<T> read_known(Host& host, const char* path, Read read) {
    const auto text = host.read(path);
    if (!text) return {{}, text.error().text()};
    return {read(*text), {}};
}

CounterSample take_sample(Host& host) {
    CounterSample sample;
    sample.at = host.now();
    sample.interrupts = read_known<InterruptTable>(host, "/proc/interrupts", read_interrupt_table);
    sample.softirqs = read_known<InterruptTable>(host, "/proc/softirqs", read_interrupt_table);
    sample.times = read_known<std::map<unsigned, CpuTimes>>(host, "/proc/stat", read_cpu_times);
    const auto schedstat = host.read("/proc/schedstat");
    if (schedstat)
        sample.switches = read_switches(*schedstat);
    else if (is_missing(schedstat.error()))
        sample.switches.absent = "this kernel has no /proc/schedstat (CONFIG_SCHEDSTATS)";
    else
        sample.switches.absent = schedstat.error().text();
    return sample;
}

/// Reads the counters first, before a tool adds its own activity to them.
void measure_cpus(Host& host, const MeasureScope& scope, bool is_forced, Measurement& measurement) {
    MeasureTools tools(host, scope, measurement.seconds, is_forced);
    const CounterSample first = take_sample(host);
    host.sleep(std::chrono::seconds(measurement.seconds));
    const CounterSample second = take_sample(host);
    const auto loops = tools.run_oslat();
    const auto wake_ups = tools.run_cyclictest();
    for (const unsigned cpu : scope.measured().members())
        measurement.cpus.push_back({cpu, activity_of(cpu, first, second), loops.at(cpu), wake_ups.at(cpu)});
}

void add_notes(const MeasureScope& scope, Measurement& measurement) {
    const CpuSet shared = scope.guests & scope.measured();
    if (!shared.empty())
        measurement.notes.push_back("CPU " + to_list(shared) +
                                    ": a VM runs there; the counts include its own interrupts and switches");
    if (!scope.domain.empty() && measurement.groups.size() == 1)
        measurement.notes.emplace_back("the host has no other CPU to compare with");
}

Status measure(Host& host, const Options& options, const MeasureScope& scope, Measurement& measurement) {
    MeasureLoad load;
    if (options.load) load = TRY(start_load(host, scope));
    measurement.kernel = scope.kernel;
    measurement.load = load.text;
    measurement.domain = scope.domain;
    measurement.state = scope.state;
    measurement.groups = scope.groups;
    measure_cpus(host, scope, options.force, measurement);
    measurement.taken = host.wall_clock();
    add_notes(scope, measurement);
    if (load.program) TRY_VOID(load.program->check());
    return {};
}

bool has_histogram(const Measurement& measurement) {
    for (const auto& noise : measurement.cpus)
        if (noise.oslat.value || noise.cyclictest.value) return true;
    return false;
}

ExitCode show(const Options& options, const Measurement& measurement) {
    if (options.svg != "-") print(options.json ? noise_json(measurement) : noise_text(measurement));
    if (options.svg.empty()) return ExitCode::done;
    if (!has_histogram(measurement))
        return complain(Error{ErrorKind::refused, "cannot draw a picture: neither oslat nor cyclictest ran",
                              options.svg, 0});
    const auto written = write_user_file(options.svg, noise_svg(measurement));
    return written ? ExitCode::done : complain(written.error());
}

/// Prints an error and returns false if the file cannot be used.
bool read_earlier(const std::string& file, std::optional<EarlierNoise>& earlier) {
    if (file.empty()) return true;
    const auto text = read_earlier_file(file, "measurement");
    auto read = text ? read_earlier_noise(*text, file) : tl::unexpected(text.error());
    if (read)
        earlier = std::move(*read);
    else
        complain(read.error().text());
    return read.has_value();
}

ExitCode run(Host& host, const Options& options) {
    const MeasureRequest request{options.domain.empty() ? "" : options.domain.front(), options.connect,
                                 options.cpus};
    if (!request.domain.empty() && request.cpus)
        return complain(Error{ErrorKind::usage, "name either a domain or --cpus", {}, 0});
    Measurement measurement;
    measurement.seconds = options.seconds;
    // before measuring, which takes time
    if (!read_earlier(options.baseline, measurement.earlier)) return ExitCode::bad_input;
    const auto scope = find_measure_scope(host, request);
    if (!scope) return scope.error();
    if (isatty(STDERR_FILENO) == 1)
        complain("measuring CPU " + to_list(scope->measured()) + " for about " +
                 std::to_string(3 * options.seconds + 2) + " s");
    if (const auto status = measure(host, options, *scope, measurement); !status)
        return complain(status.error());
    return show(options, measurement);
}

Result<CpuSet> parse_cpus(const std::string& text) {
    auto cpus = TRY(parse_cpu_list(text));
    if (cpus.empty()) return fail(ErrorKind::usage, "the list names no CPU");
    return cpus;
}

void add_options(OptionList& list, Options& options) {
    add_json(list, options.json);
    add_connect(list, options.connect);
    list.value("--cpus", "CPUS", options.cpus, "CPUs to measure, such as 2-5,7", parse_cpus);
    add_seconds(list, options.seconds, "duration of each of the three parts, 1 to 3600 (default: 5)");
    list.flag("--load", options.load, "keep the other CPUs busy meanwhile with hackbench");
    list.text("--baseline", "FILE", options.baseline,
              "JSON of an earlier measurement to show beside this one; - is standard input",
              {.sources = {Candidates::Source::files}});
    list.text("--svg", "FILE", options.svg, "draw the histograms as an SVG picture; - is standard output",
              {.sources = {Candidates::Source::files}});
    list.flag("--force", options.force,
              "run busy loops and real-time threads on the CPUs of running VMs too");
    list.words(0, 1, options.domain, {{.sources = {Candidates::Source::domains}}});
}
} // namespace

extern constinit const Verb verb_measure{
    .name = "measure",
    .category = Category::advise,
    .summary = "Measure what disturbs the CPUs of a VM and of the host, those of --cpus, or all CPUs",
    .details = "",
    .words = "[DOMAIN]",
    .example = "hostlease measure win11 --baseline before.json",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease
