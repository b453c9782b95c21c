#include "advice/report/compare.hpp"

#include "advice/report/domain_report.hpp"
#include "core/error.hpp"
#include "text/json.hpp"

#include <cmath>

namespace hostlease {

namespace {
constexpr EarlierKind report_kind{"report", report_format,
                                  "run `hostlease report DOMAIN --json > FILE` to create one"};

std::optional<std::uint64_t> count_of(const Value& table, std::string_view key) {
    const Value* node = table.find(key);
    const auto* number = node == nullptr ? nullptr : std::get_if<std::int64_t>(&node->value);
    return number == nullptr || *number < 0 ? std::nullopt
                                            : std::optional(static_cast<std::uint64_t>(*number));
}

/// Reports without an audit have no list. Returns false if a row is not a score.
bool read_scores(const ValueArray* rows, Baseline& baseline) {
    if (rows == nullptr) return true;
    for (const auto& row : *rows) {
        const std::string* group = text_at(&row, "group");
        const auto passed = count_of(row, "passed");
        const auto of = count_of(row, "of");
        if (group == nullptr || !passed || !of || *passed > *of) return false;
        baseline.scores.emplace(*group, Score{*passed, *of});
    }
    return true;
}

bool is_regression(const Score& before, const GroupScore& now) {
    const double failed = now.of - now.passed;
    const auto failed_before = static_cast<double>(before.of - before.passed);
    return failed > failed_before && failed * static_cast<double>(before.of) > failed_before * now.of;
}

bool is_regression(const FigureKind& kind, double before, double now) {
    if (kind.worse == Worse::neither) return false;
    const double worse_by = kind.worse == Worse::up ? now - before : before - now;
    return worse_by > kind.step && worse_by > kind.share * std::abs(before);
}
} // namespace

std::optional<FigureValues> read_figures(const ValueArray& rows) {
    FigureValues figures;
    for (const auto& row : rows) {
        const std::string* name = text_at(&row, "name");
        if (name == nullptr) return std::nullopt;
        if (const auto value = number_at(&row, "value")) figures.emplace(*name, *value);
    }
    return figures;
}

Diagnostic EarlierKind::refuse(const std::string& file, const std::string& what) const {
    return {{file, 0, 0}, Severity::error, what, std::string(hint)};
}

tl::expected<Value, Diagnostic> parse_earlier(std::string_view text, const std::string& file,
                                              const EarlierKind& kind) {
    auto root = parse_json(text, file);
    if (!root) {
        root.error().hint = kind.hint;
        return tl::unexpected(std::move(root.error()));
    }
    const std::string noun(kind.noun);
    const std::string* format = text_at(&*root, "format");
    if (format == nullptr)
        return tl::unexpected(
            kind.refuse(file, "this is not a hostlease " + noun + ": it has no \"format\""));
    if (*format != kind.format)
        return tl::unexpected(kind.refuse(file, "this version reads " + noun + "s in format " +
                                                    std::string(kind.format) + ", not " + *format));
    return root;
}

tl::expected<Baseline, Diagnostic> read_baseline(std::string_view text, const std::string& file) {
    const auto root = TRY(parse_earlier(text, file, report_kind));
    const Value* domain = root.find("domain");
    const std::string* name = text_at(domain, "name");
    const std::string* uuid = text_at(domain, "uuid");
    const auto taken = number_at(&root, "taken");
    const auto seconds = number_at(&root, "seconds");
    const ValueArray* rows = list_at(&root, "figures");
    if (name == nullptr || uuid == nullptr || !taken || !seconds || rows == nullptr ||
        std::abs(*taken) > 1e12)
        return tl::unexpected(report_kind.refuse(file, "this report lacks its domain, time or figures"));
    auto figures = read_figures(*rows);
    if (!figures) return tl::unexpected(report_kind.refuse(file, "a figure of this report has no name"));
    Baseline baseline{*name, *uuid, static_cast<std::int64_t>(*taken), *seconds, std::move(*figures)};
    if (!read_scores(list_at(root.find("audit"), "scores"), baseline))
        return tl::unexpected(
            report_kind.refuse(file, "a score of this report lacks its group or its numbers"));
    if (const ValueArray* versions = list_at(&root, "versions")) {
        auto read = read_versions(*versions);
        if (!read)
            return tl::unexpected(
                report_kind.refuse(file, "a version of this report lacks its name or its value"));
        baseline.versions = std::move(*read);
    }
    return baseline;
}

ValueArray figure_rows(std::span<const Figure> figures, const Baseline* baseline, Regressions regressions) {
    const auto changes = baseline == nullptr ? std::vector<FigureChange>{} : compare(figures, *baseline);
    ValueArray rows;
    for (std::size_t index = 0; index < figures.size(); ++index) {
        const Figure& figure = figures[index];
        ValueTable row;
        put(row, "name", figure.name());
        put(row, "unit", to_text(figure.kind->unit));
        if (figure.value)
            put(row, "value", *figure.value);
        else
            put(row, "not_available", figure.absent);
        if (figure.is_at_least) put(row, "at_least", true);
        if (baseline != nullptr) {
            if (changes[index].before) put(row, "before", *changes[index].before);
            if (regressions == Regressions::told) put(row, "regression", changes[index].is_regression);
        }
        rows.push_back({std::move(row), {}});
    }
    return rows;
}

std::vector<FigureChange> compare(std::span<const Figure> figures, const Baseline& baseline) {
    std::vector<FigureChange> changes;
    for (const auto& figure : figures) {
        FigureChange& change = changes.emplace_back(FigureChange{figure.name(), {}, false});
        const auto before = baseline.figures.find(change.name);
        if (before == baseline.figures.end()) continue;
        change.before = before->second;
        change.is_regression = figure.value && is_regression(*figure.kind, before->second, *figure.value);
    }
    return changes;
}

std::vector<ScoreChange> compare(std::span<const GroupScore> scores, const Baseline& baseline) {
    std::vector<ScoreChange> changes;
    for (const auto& score : scores) {
        ScoreChange& change = changes.emplace_back();
        const auto before = baseline.scores.find(name_of(score.group));
        if (before == baseline.scores.end()) continue;
        change.before = before->second;
        change.is_regression = is_regression(before->second, score);
    }
    return changes;
}

} // namespace hostlease
