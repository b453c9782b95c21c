// The figures of a report: value, unit, and which direction is worse.
#pragma once

#include "advice/report/sample.hpp"
#include "core/known.hpp"
#include "model/lease.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

enum class Unit { percent, bytes, bytes_per_second, per_second, milliseconds, microseconds };

/// "%", "B", "B/s", "/s", "ms", "us"
std::string_view to_text(Unit unit);

enum class Worse { up, down, neither };

/// A kind of figure. A figure is a regression if it is worse than before by more than `share` and `step`.
struct FigureKind {
    std::string_view group;    // "block"
    std::string_view quantity; // "read_latency"
    Unit unit;
    Worse worse;
    double share; // of the value before
    double step;  // in its unit
    std::string_view what;
};

struct Figure {
    const FigureKind* kind = nullptr;
    std::string subject; // "vda"; "" if the group has only one
    std::optional<double> value;
    std::string absent;       // why there is no value
    bool is_at_least = false; // a lower bound: the latency is beyond the histogram's last bucket

    /// "block.vda.read_latency"
    [[nodiscard]] std::string name() const;
};

/// All kinds, in the order of a report.
std::span<const FigureKind> figure_kinds();

/// The figures between two samples; `second` is the later one. A figure that libvirt does not provide, or
/// that these samples do not determine, has a reason instead of a value.
std::vector<Figure> figures_of(const DomainSample& first, const DomainSample& second);

/// The boot time in milliseconds, or why it is not known.
Figure boot_figure(Known<double> milliseconds);

/// The durations of the calls of a VM's start, from its lease.
std::vector<Figure> start_figures(const Lease& lease);

} // namespace hostlease
