#include "advice/report/noise.hpp"

#include "core/error.hpp"
#include "text/json.hpp"

#include <array>
#include <cmath>

namespace hostlease {

namespace {
constexpr EarlierKind noise_kind{"measurement", noise_format,
                                 "run `hostlease measure ... --json > FILE` to create one"};

/// A figure without a worse direction: a guest that works causes interrupts and switches itself, so that only
/// the reader can judge them.
constexpr FigureKind kind(std::string_view group, std::string_view quantity, Unit unit,
                          std::string_view what) {
    return {group, quantity, unit, Worse::neither, 0, 0, what};
}
constexpr FigureKind interrupts = kind("cpu", "interrupts", Unit::per_second, "");
constexpr FigureKind softirqs = kind("cpu", "softirqs", Unit::per_second, "");
constexpr FigureKind switches = kind("cpu", "switches", Unit::per_second, "to tasks other than idle");
constexpr FigureKind busy = kind("cpu", "busy", Unit::percent, "not idle");
constexpr FigureKind steal = kind("cpu", "steal", Unit::percent, "taken by the hypervisor below this host");
constexpr FigureKind gaps = kind("oslat", "gaps", Unit::per_second, "delays of a busy loop");
constexpr FigureKind gap_median = kind("oslat", "median", Unit::microseconds, "of these delays");
constexpr FigureKind gap_p99 = kind("oslat", "p99", Unit::microseconds, "of these delays");
constexpr FigureKind gap_longest = kind("oslat", "longest", Unit::microseconds, "");
constexpr FigureKind wake_median =
    kind("cyclictest", "median", Unit::microseconds, "late wake-ups of a thread");
constexpr FigureKind wake_p99 = kind("cyclictest", "p99", Unit::microseconds, "");
constexpr FigureKind wake_longest = kind("cyclictest", "longest", Unit::microseconds, "");

Figure figure(const FigureKind& kind, unsigned cpu, const Known<double>& known) {
    return {&kind, std::to_string(cpu), known.value, known.absent};
}

/// The figure of a quantile. If there are no latencies, `none` is the reason.
Figure figure(const FigureKind& kind, unsigned cpu, const Known<Latencies>& known, double share,
              std::string_view none) {
    Figure figure{&kind, std::to_string(cpu), {}, known.absent};
    if (!known.value) return figure;
    if (known.value->total() == 0) {
        figure.absent = none;
        return figure;
    }
    const Quantile found = quantile(*known.value, share);
    figure.value = found.microseconds;
    figure.is_at_least = found.is_at_least;
    return figure;
}

Known<double> longest_of(const Known<Latencies>& known, std::string_view none) {
    if (!known.value) return {{}, known.absent};
    if (known.value->total() == 0) return {{}, std::string(none)};
    return {known.value->longest, {}};
}

void add_gaps(const CpuNoise& noise, std::vector<Figure>& figures) {
    constexpr std::string_view none = "nothing delayed the loop";
    Known<Latencies> found{{}, noise.oslat.absent};
    Known<double> rate{{}, noise.oslat.absent};
    if (noise.oslat.value && noise.oslat.value->seconds <= 0) {
        found.absent = rate.absent = "the loop never ran";
    } else if (noise.oslat.value) {
        found.value = gaps_of(*noise.oslat.value);
        rate.value = static_cast<double>(found.value->total()) / noise.oslat.value->seconds;
    }
    figures.push_back(figure(gaps, noise.cpu, rate));
    figures.push_back(figure(gap_median, noise.cpu, found, 0.5, none));
    figures.push_back(figure(gap_p99, noise.cpu, found, 0.99, none));
    figures.push_back(figure(gap_longest, noise.cpu, longest_of(found, none)));
}

std::string or_none(const std::string& load) { return load.empty() ? "no load" : load; }
} // namespace

CpuSet Measurement::all_cpus() const {
    CpuSet all;
    for (const auto& group : groups)
        all |= group.cpus;
    return all;
}

tl::expected<EarlierNoise, Diagnostic> read_earlier_noise(std::string_view text, const std::string& file) {
    const auto root = TRY(parse_earlier(text, file, noise_kind));
    const auto taken = number_at(&root, "taken");
    const auto seconds = number_at(&root, "seconds");
    const auto* cpus = text_at(&root, "cpus");
    const auto* rows = list_at(&root, "figures");
    const auto set = parse_cpu_list(cpus == nullptr ? "" : *cpus);
    const auto is_time = [](const std::optional<double>& value) { return value && std::abs(*value) <= 1e12; };
    if (!is_time(taken) || !is_time(seconds) || *seconds < 0 || !set || set->empty() || rows == nullptr)
        return tl::unexpected(noise_kind.refuse(file, "this measurement lacks its time, CPUs or figures"));
    auto figures = read_figures(*rows);
    if (!figures) return tl::unexpected(noise_kind.refuse(file, "a figure of this measurement has no name"));
    const auto word = [&](std::string_view key) {
        const auto* found = text_at(&root, key);
        return found == nullptr ? std::string() : *found;
    };
    return EarlierNoise{
        {word("domain"), "", static_cast<std::int64_t>(*taken), *seconds, std::move(*figures)},
        word("state"),
        word("load"),
        word("kernel"),
        *set};
}

std::vector<Figure> figures_of(const CpuNoise& noise) {
    constexpr std::string_view none = "no thread woke up";
    std::vector<Figure> figures{
        figure(interrupts, noise.cpu, noise.activity.interrupts),
        figure(softirqs, noise.cpu, noise.activity.softirqs),
        figure(switches, noise.cpu, noise.activity.switches),
        figure(busy, noise.cpu, noise.activity.busy),
        figure(steal, noise.cpu, noise.activity.steal),
    };
    add_gaps(noise, figures);
    figures.push_back(figure(wake_median, noise.cpu, noise.cyclictest, 0.5, none));
    figures.push_back(figure(wake_p99, noise.cpu, noise.cyclictest, 0.99, none));
    figures.push_back(figure(wake_longest, noise.cpu, longest_of(noise.cyclictest, none)));
    return figures;
}

std::vector<std::string> differences(const Measurement& now) {
    std::vector<std::string> found;
    if (!now.earlier) return found;
    const EarlierNoise& earlier = *now.earlier;
    const auto add = [&](const std::string& before, const std::string& after) {
        if (before != after) found.push_back("the earlier measurement " + before + ", this one " + after);
    };
    if (!now.domain.empty() && !earlier.figures.domain.empty() && now.domain != earlier.figures.domain)
        add("was of " + earlier.figures.domain, "of " + now.domain);
    if (earlier.cpus != now.all_cpus())
        add("had CPU " + to_list(earlier.cpus), "CPU " + to_list(now.all_cpus()));
    const auto seconds = static_cast<std::uint64_t>(earlier.figures.seconds);
    if (seconds != now.seconds)
        add("took " + std::to_string(seconds) + " s per run", std::to_string(now.seconds) + " s per run");
    if (earlier.load != now.load) add("had " + or_none(earlier.load), "had " + or_none(now.load));
    if (earlier.kernel != now.kernel && !earlier.kernel.empty())
        add("had kernel " + earlier.kernel, "kernel " + now.kernel);
    return found;
}

} // namespace hostlease
