// What is wrong in a text the user wrote: all of it at once, each with its place and what to do.
#pragma once

#include <compare>
#include <span>
#include <string>
#include <string_view>
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

struct Diagnostic {
    SourcePosition position;
    Severity severity = Severity::error;
    std::string message;
    std::string hint; // what to do; may be empty

    auto operator<=>(const Diagnostic&) const = default;
    /// "file:line:column: error: message\n  hint: ..." without a final line end. What others wrote is in it as text that a terminal only
    /// shows, and cannot pose as another line.
    [[nodiscard]] std::string text() const;
};

class Diagnostics {
  public:
    void error(SourcePosition position, std::string message, std::string hint = {});
    void warning(SourcePosition position, std::string message, std::string hint = {});
    /// Nothing to mend, but worth to know.
    void note(SourcePosition position, std::string message, std::string hint = {});
    void append(const Diagnostics& other);

    [[nodiscard]] bool has_errors() const;
    [[nodiscard]] const std::vector<Diagnostic>& all() const { return list_; }
    /// Every diagnostic in order of place, one per line (hints on lines of their own).
    [[nodiscard]] std::string text() const;

  private:
    std::vector<Diagnostic> list_;
};

/// The known word nearest to `word` by edit distance, or "" when none is near enough to be meant.
std::string nearest_word(std::string_view word, std::span<const std::string_view> known);

} // namespace hostlease
