// A report held against an earlier one.
#pragma once

#include "audit/audit.hpp"
#include "core/diagnostic.hpp"
#include "read/toml.hpp"
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

/// By the figures' names.
using FigureValues = std::map<std::string, double, std::less<>>;

/// What is kept of an earlier report.
struct Baseline {
    std::string domain;
    std::string uuid;
    std::int64_t taken = 0; // seconds since 1970
    double seconds = 0;     // between its samples
    FigureValues figures;
    std::map<std::string, Score, std::less<>> scores = {}; // by group; empty where the report had no audit
};

/// What an earlier run is expected to have printed as JSON.
struct EarlierKind {
    std::string_view noun;   // "report"
    std::string_view format; // what its "format" says
    std::string_view hint;   // how one is made

    /// An error in such a file, with the hint.
    [[nodiscard]] Diagnostic refuse(const std::string& file, const std::string& what) const;
};

/// The JSON as a tree; one diagnostic where it is no JSON, or none of that kind.
tl::expected<TomlNode, Diagnostic> parse_earlier(std::string_view text, const std::string& file, const EarlierKind& kind);

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

/// Whether something becomes worse, or is only shown beside what it was.
enum class Regressions { told, untold };

/// {"name","unit","value" or "not_available"} a figure, "at_least" where it is a lower bound; beside a baseline "before", and "regression"
/// where they are told.
TomlArray figure_rows(std::span<const Figure> figures, const Baseline* baseline, Regressions regressions);

/// The values of such rows; nullopt where one has no name.
std::optional<FigureValues> read_figures(const TomlArray& rows);

} // namespace hostlease
