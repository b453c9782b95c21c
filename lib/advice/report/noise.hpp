// The results of `measure`, an earlier measurement, and their output.
#pragma once

#include "advice/report/compare.hpp"
#include "advice/report/counters.hpp"
#include "advice/report/latency.hpp"
#include "core/cpu_set.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// `format` in the JSON. It changes if the figures get another meaning.
inline constexpr std::string_view noise_format = "hostlease-measure-1";

struct CpuNoise {
    unsigned cpu = 0;
    CpuActivity activity;        // while no tool ran
    Known<Latencies> oslat;      // durations of a busy loop's iterations
    Known<Latencies> cyclictest; // wake-up latencies of a thread that waits for a timer
};

/// CPUs that belong together: those of a VM, and those of the host.
struct CpuGroup {
    std::string name; // "" if there is only one group
    CpuSet cpus;
    bool operator==(const CpuGroup&) const = default;
};

struct EarlierNoise {
    Baseline figures; // its domain is "" if CPUs were named
    std::string state;
    std::string load;
    std::string kernel;
    CpuSet cpus;
};

struct Measurement {
    std::int64_t taken = 0; // seconds since 1970
    unsigned seconds = 0;   // duration of each run
    std::string kernel;
    std::string load;   // the program that kept the host busy; "": none
    std::string domain; // "" if CPUs were named
    std::string state;  // of the domain and its CPUs: "runs, CPU 6-7 isolated (partitioned)"
    std::vector<CpuGroup> groups;
    std::vector<CpuNoise> cpus; // in the order of the groups
    std::vector<std::string> notes;
    std::optional<EarlierNoise> earlier;

    [[nodiscard]] CpuSet all_cpus() const;
};

/// Reads the output of `measure --json`. Fails with one diagnostic if the text is not JSON or has another
/// format.
tl::expected<EarlierNoise, Diagnostic> read_earlier_noise(std::string_view text, const std::string& file);

/// The figures of a CPU, "oslat.6.longest"; figures that were not measured have a reason instead of a value.
std::vector<Figure> figures_of(const CpuNoise& noise);

/// The differences to the settings of the earlier measurement, one sentence each; empty if there is no
/// earlier measurement.
std::vector<std::string> differences(const Measurement& now);

/// For a terminal, times in microseconds.
std::string noise_text(const Measurement& measurement);

/// As JSON for read_earlier_noise().
std::string noise_json(const Measurement& measurement);

/// The histograms of all CPUs as an SVG picture: counts over latencies, both on a logarithmic scale.
std::string noise_svg(const Measurement& measurement);

} // namespace hostlease
