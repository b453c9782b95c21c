#include "core/diagnostic.hpp"

#include "core/foreign_text.hpp"

#include <algorithm>
#include <numeric>

namespace hostlease {

namespace {
constexpr std::size_t longest_on_a_line = 1000; // bytes of one error

std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t substitute = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
        }
    }
    return row.back();
}
} // namespace

std::string_view to_text(Severity severity) {
    switch (severity) {
    case Severity::note: return "note";
    case Severity::warning: return "warning";
    case Severity::error: return "error";
    }
    return "error";
}

std::string SourcePosition::text() const {
    std::string place = file;
    if (line != 0) place += ":" + std::to_string(line);
    if (line != 0 && column != 0) place += ":" + std::to_string(column);
    return place;
}

std::string Diagnostic::text() const {
    std::string line = printable(position.text());
    if (!line.empty()) line += ": ";
    line += std::string(to_text(severity)) + ": " + printable(message);
    if (!hint.empty()) line += "\n  hint: " + printable(hint);
    return line;
}

void Diagnostics::add(Severity severity, SourcePosition position, std::string message, std::string hint) {
    list_.push_back({std::move(position), severity, std::move(message), std::move(hint)});
}

void Diagnostics::append(const Diagnostics& other) {
    for (const auto& one : other.list_)
        if (one.position.line == 0 || std::find(list_.begin(), list_.end(), one) == list_.end())
            list_.push_back(one);
}

bool Diagnostics::has_errors() const {
    return std::any_of(list_.begin(), list_.end(),
                       [](const Diagnostic& one) { return one.severity == Severity::error; });
}

std::string Diagnostics::text() const {
    auto sorted = list_;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.position < b.position; });
    std::string text;
    for (const auto& one : sorted)
        text += one.text() + "\n";
    return text;
}

std::string Diagnostics::error_line(std::size_t most, std::string_view command) const {
    std::string text;
    std::size_t count = 0;
    for (const auto& one : list_) {
        if (one.severity != Severity::error || ++count > most) continue;
        const std::string place = one.position.text();
        text += (text.empty() ? "" : "; ") + shortened(place + (place.empty() ? "" : ": ") + one.message +
                                                           (one.hint.empty() ? "" : " (" + one.hint + ")"),
                                                       longest_on_a_line);
    }
    if (count > most)
        text += "; and " + std::to_string(count - most) + " more, which `" + std::string(command) + "` shows";
    return text;
}

std::string nearest_word(std::string_view word, std::span<const std::string_view> known) {
    // a longer word is not a misspelt key, and edit_distance() would be slow
    constexpr std::size_t longest = 64;
    if (word.size() > longest) return {};
    std::string_view best;
    // at least one letter must be right
    std::size_t best_distance =
        std::min(std::max<std::size_t>(2, word.size() / 3) + 1, std::max<std::size_t>(word.size(), 1));
    for (const auto candidate : known) {
        if (word.size() >= 3 && candidate.starts_with(word)) return std::string(candidate);
        const auto distance = edit_distance(word, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return std::string(best);
}

} // namespace hostlease
