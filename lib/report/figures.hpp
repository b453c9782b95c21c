// The figures of a report: what was measured, in what unit, and which way is worse.
#pragma once

#include "model/lease.hpp"
#include "report/sample.hpp"

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

/// A figure is a regression when it is worse than before by more than both of these.
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
    std::string subject; // "vda"; "" where the group has but one
    std::optional<double> value;
    std::string absent;       // why there is no value
    bool is_at_least = false; // what measured it counts no further

    /// "block.vda.read_latency"
    [[nodiscard]] std::string name() const;
};

/// Every kind there is, in the order of a report.
std::span<const FigureKind> figure_kinds();

/// The figures of the time between two samples; the second is the later one. What libvirt does not give, or what cannot be told from
/// these two, has no value but a reason.
std::vector<Figure> figures_of(const DomainSample& first, const DomainSample& second);

/// How long the calls of a VM's start took, as its lease noted it.
std::vector<Figure> start_figures(const Lease& lease);

} // namespace hostlease
