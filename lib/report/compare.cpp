#include "report/compare.hpp"

#include "read/json.hpp"
#include "report/domain_report.hpp"

#include <cmath>

namespace hostlease {

namespace {
const std::string* text_of(const TomlNode* table, std::string_view key) {
    const TomlNode* node = table == nullptr ? nullptr : table->find(key);
    return node == nullptr ? nullptr : std::get_if<std::string>(&node->value);
}

std::optional<double> number_of(const TomlNode& table, std::string_view key) {
    const TomlNode* node = table.find(key);
    if (node == nullptr) return std::nullopt;
    if (const auto* integer = std::get_if<std::int64_t>(&node->value)) return static_cast<double>(*integer);
    const auto* number = std::get_if<double>(&node->value);
    return number == nullptr || !std::isfinite(*number) ? std::nullopt : std::optional(*number);
}

Diagnostic no_report(const std::string& file, const std::string& what) {
    return {{file, 0, 0}, Severity::error, what, "`hostlease report DOMAIN --json > FILE` makes one"};
}

std::optional<std::uint64_t> count_of(const TomlNode& table, std::string_view key) {
    const TomlNode* node = table.find(key);
    const auto* number = node == nullptr ? nullptr : std::get_if<std::int64_t>(&node->value);
    return number == nullptr || *number < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(*number));
}

const TomlArray* list_of(const TomlNode* table, std::string_view key) {
    const TomlNode* node = table == nullptr ? nullptr : table->find(key);
    return node == nullptr ? nullptr : std::get_if<TomlArray>(&node->value);
}

/// Reports without an audit have no list. False when some row is no score.
bool read_scores(const TomlArray* rows, Baseline& baseline) {
    if (rows == nullptr) return true;
    for (const auto& row : *rows) {
        const std::string* group = text_of(&row, "group");
        const auto passed = count_of(row, "passed");
        const auto of = count_of(row, "of");
        if (group == nullptr || !passed || !of || *passed > *of) return false;
        baseline.scores.emplace(*group, Score{*passed, *of});
    }
    return true;
}

/// False when some row has no name.
bool read_figures(const TomlArray& rows, Baseline& baseline) {
    for (const auto& row : rows) {
        const std::string* name = text_of(&row, "name");
        if (name == nullptr) return false;
        if (const auto value = number_of(row, "value")) baseline.figures.emplace(*name, *value);
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

tl::expected<Baseline, Diagnostic> read_baseline(std::string_view text, const std::string& file) {
    auto root = parse_json(text, file);
    if (!root) {
        root.error().hint = no_report(file, "").hint;
        return tl::unexpected(std::move(root.error()));
    }
    const std::string* format = text_of(&*root, "format");
    if (format == nullptr) return tl::unexpected(no_report(file, "this is no report of hostlease: it has no \"format\""));
    if (*format != report_format)
        return tl::unexpected(
            no_report(file, "this version reads reports of the format " + std::string(report_format) + ", not " + *format));
    const TomlNode* domain = root->find("domain");
    const std::string* name = text_of(domain, "name");
    const std::string* uuid = text_of(domain, "uuid");
    const auto taken = number_of(*root, "taken");
    const auto seconds = number_of(*root, "seconds");
    const TomlArray* figures = list_of(&*root, "figures");
    if (name == nullptr || uuid == nullptr || !taken || !seconds || figures == nullptr || std::abs(*taken) > 1e12)
        return tl::unexpected(no_report(file, "this report lacks its domain, its time or its figures"));
    Baseline baseline{*name, *uuid, static_cast<std::int64_t>(*taken), *seconds, {}};
    if (!read_figures(*figures, baseline)) return tl::unexpected(no_report(file, "a figure of this report has no name"));
    if (!read_scores(list_of(root->find("audit"), "scores"), baseline))
        return tl::unexpected(no_report(file, "a score of this report lacks its group or its numbers"));
    return baseline;
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
