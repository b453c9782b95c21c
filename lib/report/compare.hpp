// A report held against an earlier one.
#pragma once

#include "core/diagnostic.hpp"
#include "report/figures.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace hostlease {

/// What is kept of an earlier report.
struct Baseline {
    std::string domain;
    std::string uuid;
    std::int64_t taken = 0; // seconds since 1970
    double seconds = 0;     // between its samples
    std::map<std::string, double, std::less<>> figures;
};

/// Reads what `report --json` printed. Fails with one diagnostic where it is no JSON, or none of that form.
tl::expected<Baseline, Diagnostic> read_baseline(std::string_view text, const std::string& file);

/// A figure beside what it was; `before` is empty where the earlier report had none.
struct FigureChange {
    std::string name;
    std::optional<double> before;
    bool is_regression = false;
};

/// One for each figure, in their order. A figure without a value, now or before, is never a regression.
std::vector<FigureChange> compare(std::span<const Figure> figures, const Baseline& baseline);

} // namespace hostlease
