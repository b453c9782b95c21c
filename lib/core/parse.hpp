// Strict parsing: the whole text must be the value.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace hostlease {

/// Parses an integer in this base. nullopt for a '+', a '-' of an unsigned type, white space, an overflow,
/// or anything after the number.
template <std::integral T>
std::optional<T> parse_integer(std::string_view text, int base = 10) {
    T value{};
    const char* end = text.data() + text.size();
    const auto [stop, error] =
        std::from_chars(text.data(), end, value, base); // NOLINT(bugprone-suspicious-stringview-data-usage)
    if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
    return value;
}

/// A number as strtoul() with base 0 reads it: 0x is hexadecimal, a leading 0 octal.
template <std::unsigned_integral T>
std::optional<T> parse_c_integer(std::string_view text) {
    const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    const bool octal = !hexadecimal && text.size() > 1 && text.starts_with('0');
    return parse_integer<T>(text.substr(hexadecimal ? 2 : 0), hexadecimal ? 16 : octal ? 8 : 10);
}

/// The text without white space (blank, tab, line ends) at either end.
inline std::string_view trim(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// Calls `take(piece)` for each piece between separators; one empty piece for an empty text.
template <typename Take>
void split(std::string_view text, char separator, Take take) {
    while (true) {
        const auto at = text.find(separator);
        take(text.substr(0, at));
        if (at == std::string_view::npos) return;
        text.remove_prefix(at + 1);
    }
}

} // namespace hostlease
