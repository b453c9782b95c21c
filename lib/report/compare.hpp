// A report held against an earlier one.
#pragma once

#include "audit/audit.hpp"
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

/// How many rules of a group passed; never more than there were.
struct Score {
    std::uint64_t passed = 0;
    std::uint64_t of = 0;
    bool operator==(const Score&) const = default;
};

/// What is kept of an earlier report.
struct Baseline {
    std::string domain;
    std::string uuid;
    std::int64_t taken = 0; // seconds since 1970
    double seconds = 0;     // between its samples
    std::map<std::string, double, std::less<>> figures;
    std::map<std::string, Score, std::less<>> scores = {}; // by group; empty where the report had no audit
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

/// A group's score beside what it was; `before` is empty where the earlier report had none.
struct ScoreChange {
    std::optional<Score> before;
    bool is_regression = false;
};

/// One for each score, in their order. A regression is a score by which more rules fail than before, and a larger part of them: rules that no longer
/// apply, or are new and pass, make none.
std::vector<ScoreChange> compare(std::span<const GroupScore> scores, const Baseline& baseline);

} // namespace hostlease
