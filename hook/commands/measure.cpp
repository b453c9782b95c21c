#include "command.hpp"
#include "measure_scope.hpp"
#include "measure_tools.hpp"
#include "measuring_options.hpp"
#include "report/counters.hpp"
#include "report/noise.hpp"

#include <unistd.h>

namespace hostlease {

namespace {
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

/// The counters first, while no tool adds its own to them.
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
                                    ": a VM runs there; its own interrupts and switches are among those counted");
    if (!scope.domain.empty() && measurement.groups.size() == 1)
        measurement.notes.emplace_back("no CPU is left to the host to compare with");
}

Status measure(Host& host, const CommandOptions& options, const MeasureScope& scope, Measurement& measurement) {
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

ExitCode show(const CommandOptions& options, const Measurement& measurement) {
    if (options.svg != "-") print(options.json ? noise_json(measurement) : noise_text(measurement));
    if (options.svg.empty()) return ExitCode::done;
    if (!has_histogram(measurement))
        return complain(Error{ErrorKind::refused, "no picture: neither oslat nor cyclictest ran", options.svg, 0});
    const auto written = write_user_file(options.svg, noise_svg(measurement));
    return written ? ExitCode::done : complain(written.error());
}

/// False when there is something wrong with it, which has been told then.
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
} // namespace

ExitCode run_measure(Host& host, const CommandOptions& options) {
    if (options.words.size() > 1 || (!options.words.empty() && options.cpus))
        return complain(Error{ErrorKind::usage, "measure takes the name of one domain, or --cpus, or neither", {}, 0});
    const auto seconds = seconds_to_measure(options);
    if (!seconds) return complain(seconds.error());
    Measurement measurement;
    measurement.seconds = *seconds;
    if (!read_earlier(options.baseline, measurement.earlier)) return ExitCode::bad_input; // before the time that measuring takes
    const auto scope = find_measure_scope(host, options);
    if (!scope) return scope.error();
    if (isatty(STDERR_FILENO) == 1)
        complain("measuring CPU " + to_list(scope->measured()) + " for about " + std::to_string(3 * *seconds + 2) + " s");
    if (const auto status = measure(host, options, *scope, measurement); !status) return complain(status.error());
    return show(options, measurement);
}

} // namespace hostlease
