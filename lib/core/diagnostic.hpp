// All errors of a text that a user wrote, each with its place and what to do.
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
    /// "file:line:column: error: message\n  hint: ..." without a final line end. Control characters of
    /// foreign text are replaced, so that it cannot imitate another line.
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
    /// Nothing to mend, but worth to know.
    void note(SourcePosition position, std::string message, std::string hint = {}) {
        add(Severity::note, std::move(position), std::move(message), std::move(hint));
    }
    void append(const Diagnostics& other);

    [[nodiscard]] bool has_errors() const;
    [[nodiscard]] const std::vector<Diagnostic>& all() const { return list_; }
    /// Every diagnostic in order of place, one per line (hints on lines of their own).
    [[nodiscard]] std::string text() const;
    /// The errors on one line, for a log or as libvirt's reason: the first `most` of them, each with its
    /// place and hint and cut where it is long, and how many more `command` shows.
    [[nodiscard]] std::string error_line(std::size_t most, std::string_view command) const;

  private:
    std::vector<Diagnostic> list_;
};

/// The known word nearest to `word` by edit distance, or "" if none is near enough.
std::string nearest_word(std::string_view word, std::span<const std::string_view> known);

} // namespace hostlease
