// Diagnostics of a text that a user wrote, each with its position and a hint.
#pragma once

#include <compare>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hostlease {

/// A place in a file; line and column count from 1, 0 means unknown.
struct SourcePosition {
    std::string file;
    unsigned line = 0;
    unsigned column = 0;

    auto operator<=>(const SourcePosition&) const = default;
    /// "file:line:column", without the parts that are unknown.
    [[nodiscard]] std::string text() const;
};

enum class Severity { note, warning, error };

/// "note", "warning" or "error".
std::string_view to_text(Severity severity);

struct Diagnostic {
    SourcePosition position;
    Severity severity = Severity::error;
    std::string message;
    std::string hint; // what to do; may be empty

    auto operator<=>(const Diagnostic&) const = default;
    /// "file:line:column: error: message\n  hint: ..." without a final line end. Control characters are
    /// replaced, so that foreign text cannot imitate another line.
    [[nodiscard]] std::string text() const;
};

class Diagnostics {
  public:
    void add(Severity severity, SourcePosition position, std::string message, std::string hint = {});
    void error(SourcePosition position, std::string message, std::string hint = {}) {
        add(Severity::error, std::move(position), std::move(message), std::move(hint));
    }
    void warning(SourcePosition position, std::string message, std::string hint = {}) {
        add(Severity::warning, std::move(position), std::move(message), std::move(hint));
    }
    /// Not a problem, but worth knowing.
    void note(SourcePosition position, std::string message, std::string hint = {}) {
        add(Severity::note, std::move(position), std::move(message), std::move(hint));
    }
    void append(const Diagnostics& other);

    [[nodiscard]] bool has_errors() const;
    [[nodiscard]] const std::vector<Diagnostic>& all() const { return list_; }
    /// All diagnostics sorted by position, one per line, with each hint on a separate line.
    [[nodiscard]] std::string text() const;
    /// The first `most` errors on one line, for a log or as the reason for libvirt. Each has its position
    /// and hint and is shortened if it is long. If there are more, the line ends with their number and says
    /// that `command` shows them.
    [[nodiscard]] std::string error_line(std::size_t most, std::string_view command) const;

  private:
    std::vector<Diagnostic> list_;
};

/// The first known word that begins with `word` (of at least 3 characters), otherwise the nearest one by
/// edit distance; "" if none is near enough.
std::string nearest_word(std::string_view word, std::span<const std::string_view> known);

} // namespace hostlease
