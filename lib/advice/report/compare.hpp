// Compares a report with an earlier one.
#pragma once

#include "advice/audit/audit.hpp"
#include "advice/report/figures.hpp"
#include "advice/report/versions.hpp"
#include "core/diagnostic.hpp"
#include "text/value.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace hostlease {

/// How many rules of a group passed; never more than `of`.
struct Score {
    std::uint64_t passed = 0;
    std::uint64_t of = 0;
    bool operator==(const Score&) const = default;
};

/// The values of figures, by name.
using FigureValues = std::map<std::string, double, std::less<>>;

/// The parts of an earlier report that are compared.
struct Baseline {
    std::string domain;
    std::string uuid;
    std::int64_t taken = 0; // seconds since 1970
    double seconds = 0;     // between its samples
    FigureValues figures;
    std::map<std::string, Score, std::less<>> scores = {}; // by group; empty if the report had no audit
    VersionMap versions = {};
};

/// A kind of JSON file from an earlier run.
struct EarlierKind {
    std::string_view noun;   // "report"
    std::string_view format; // the value of its "format"
    std::string_view hint;   // how to make such a file

    /// An error in such a file, with the hint.
    [[nodiscard]] Diagnostic refuse(const std::string& file, const std::string& what) const;
};

/// The JSON as a tree. Fails with one diagnostic if the text is not JSON or is of another kind.
tl::expected<Value, Diagnostic> parse_earlier(std::string_view text, const std::string& file,
                                              const EarlierKind& kind);

/// Reads the output of `report --json`. Fails with one diagnostic if the text is not JSON or has another
/// format.
tl::expected<Baseline, Diagnostic> read_baseline(std::string_view text, const std::string& file);

/// A figure and its earlier value; `before` is empty if the earlier report had none.
struct FigureChange {
    std::string name;
    std::optional<double> before;
    bool is_regression = false;
};

/// One change for each figure, in their order. A figure without a value, now or before, is never a
/// regression.
std::vector<FigureChange> compare(std::span<const Figure> figures, const Baseline& baseline);

/// A group's score and its earlier one; `before` is empty if the earlier report had none.
struct ScoreChange {
    std::optional<Score> before;
    bool is_regression = false;
};

/// One change for each score, in their order. In a regression, both the number and the share of failed rules
/// are larger than before. Rules that no longer apply, and new rules that pass, therefore do not count.
std::vector<ScoreChange> compare(std::span<const GroupScore> scores, const Baseline& baseline);

/// Whether regressions are marked, or earlier values are only shown.
enum class Regressions { told, untold };

/// One row {"name","unit","value" or "not_available"} for each figure, with "at_least" if it is a lower
/// bound. With a baseline also "before", and "regression" if regressions are marked.
ValueArray figure_rows(std::span<const Figure> figures, const Baseline* baseline, Regressions regressions);

/// The values of such rows; nullopt if a row has no name.
std::optional<FigureValues> read_figures(const ValueArray& rows);

} // namespace hostlease
