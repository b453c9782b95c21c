// What `measure` found on CPUs: its figures, an earlier measurement beside them, and how that is written.
#pragma once

#include "core/cpu_set.hpp"
#include "report/compare.hpp"
#include "report/counters.hpp"
#include "report/latency.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// What `format` says in the JSON; another one when its figures mean something else.
inline constexpr std::string_view noise_format = "hostlease-measure-1";

struct CpuNoise {
    unsigned cpu = 0;
    CpuActivity activity;        // while no tool ran
    Known<Latencies> oslat;      // turns of a busy loop
    Known<Latencies> cyclictest; // how late a timer's thread woke up
};

/// CPUs that belong together: a VM's, and the host's beside it.
struct CpuGroup {
    std::string name; // "" when there is but one
    CpuSet cpus;
    bool operator==(const CpuGroup&) const = default;
};

struct EarlierNoise {
    Baseline figures; // its domain is "" where CPUs were named
    std::string state;
    std::string load;
    std::string kernel;
    CpuSet cpus;
};

struct Measurement {
    std::int64_t taken = 0; // seconds since 1970
    unsigned seconds = 0;   // of each part
    std::string kernel;
    std::string load;   // the program that kept the host busy, "" when none did
    std::string domain; // "" when CPUs were named
    std::string state;  // of the domain and its CPUs: "runs, CPU 6-7 isolated (partitioned)"
    std::vector<CpuGroup> groups;
    std::vector<CpuNoise> cpus; // as the groups have them
    std::vector<std::string> notes;
    std::optional<EarlierNoise> earlier;

    [[nodiscard]] CpuSet all_cpus() const;
};

/// Reads what `measure --json` printed. Fails with one diagnostic where it is no JSON, or none of that form.
tl::expected<EarlierNoise, Diagnostic> read_earlier_noise(std::string_view text, const std::string& file);

/// The figures of a CPU, "oslat.6.longest"; what was not measured has no value but a reason.
std::vector<Figure> figures_of(const CpuNoise& noise);

/// How the earlier measurement was made otherwise, a sentence each; none without one.
std::vector<std::string> differences(const Measurement& now);

/// For a terminal, times in microseconds.
std::string noise_text(const Measurement& measurement);

/// As JSON that read_earlier_noise takes.
std::string noise_json(const Measurement& measurement);

/// The histograms of all CPUs as an SVG picture: how often (up, each line ten times the one below) what took how long (to the right, likewise).
std::string noise_svg(const Measurement& measurement);

} // namespace hostlease
